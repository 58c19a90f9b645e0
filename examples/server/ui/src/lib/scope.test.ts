import { expect, test } from "vitest";
import { scopeOf, scopeWords, textList, timeOf } from "./scope";

test.each([
  ["2026-11-25", "2026-11-25T00:00:00.000Z"],
  ["2026-11-25 11:04", "2026-11-25T11:04:00.000Z"],
  [" 2026-11-25T11:04:17Z ", "2026-11-25T11:04:17.000Z"],
  ["2026-11-25T11:04:17.250+02:00", "2026-11-25T09:04:17.250Z"],
  ["36h", "2026-11-24T00:00:00.000Z"],
  ["7d", "2026-11-18T12:00:00.000Z"],
])("a time written %s is read in UTC", (text, iso) => {
  expect(timeOf(text, Date.parse("2026-11-25T12:00:00Z"))).toBe(iso);
});

test.each(["", "yesterday", "2026-13-45", "11:04", "2026-11-25 11"])("%j is no time", (text) => {
  expect(timeOf(text)).toBeUndefined();
});

test("an address says a scope, and what cannot be read of it is left out", () => {
  expect(scopeOf({ artifacts: ["A", "B"], hosts: "web01", labels: [], from: "2026-11-25", to: "soon" })).toEqual({
    artifacts: ["A", "B"],
    hosts: ["web01"],
    from: "2026-11-25T00:00:00.000Z",
  });
  expect(textList(["a", { b: 1 }, 2])).toEqual(["a", "2"]);
});

test("a scope is told in words", () => {
  expect(scopeWords({})).toBe("everything");
  expect(scopeWords({ artifacts: ["A"], labels: ["dmz"], to: "2026-11-25T00:00:00.000Z" })).toBe("A, label dmz, before 2026-11-25 00:00:00Z");
});
