import { expect, test } from "vitest";
import { accept, mistakeOf, pointAt, split, unitAt } from "./query";

test("places are counted in characters, however many units they take", () => {
  expect(pointAt("a: 😀b", 5)).toBe(4);
  expect(unitAt("a: 😀b", 4)).toBe(5);
  expect(unitAt("ab", 9)).toBe(2);
});

test.each([
  ["Na", 2, 0, { text: "Name", kind: "field" }, "Name: |"],
  ["exists Na", 9, 7, { text: "Name", kind: "field" }, "exists Name |"],
  ["Na: x", 2, 0, { text: "Name", kind: "field" }, "Name |: x"],
  ["Name: po and Pid > 1", 8, 6, { text: '"powershell.exe"', kind: "value" }, 'Name: "powershell.exe" |and Pid > 1'],
  ["Name:", 5, 5, { text: '"cmd.exe"', kind: "value" }, 'Name: "cmd.exe" |'],
  ["Name", 4, 4, { text: ":", kind: "operator" }, "Name: |"],
  ["Name: (a", 8, 7, { text: '"ab"', kind: "value" }, 'Name: ("ab" |'],
] as const)("%s: a suggestion takes the place of what was typed", (text, cursor, from, suggested, want) => {
  const got = accept(text, cursor, from, suggested);
  expect(got.text.slice(0, got.cursor) + "|" + got.text.slice(got.cursor)).toBe(want);
});

test("a mistake is shown at its character", () => {
  const mistake = mistakeOf('At column 6: expected a value or "(", found the end.')!;
  expect(mistake).toEqual({ column: 6, message: 'expected a value or "(", found the end.' });
  expect(split("Name:", mistake.column)).toEqual(["Name:", " ", ""]);
  expect(split("😀) b", 2)).toEqual(["😀", ")", " b"]);
  expect(mistakeOf("There is nothing under this id.")).toBeUndefined();
});
