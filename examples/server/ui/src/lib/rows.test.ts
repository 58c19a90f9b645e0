import { expect, test } from "vitest";
import { at, columnsOf, ExactNumber, parseExact, textOf } from "./rows";

test("numbers keep all their digits", () => {
  const row = parseExact<{ [column: string]: unknown }>('{"a":[18446744073709551615],"b":7,"c":"18446744073709551615 \\" 1e+300","d":1e+300,"e":1.50}');
  expect((row.a as unknown[]).map(textOf)).toEqual(["18446744073709551615"]);
  expect(row.b).toBe(7);
  expect(row.c).toBe('18446744073709551615 " 1e+300');
  expect([row.d, row.e].map(textOf)).toEqual(["1e+300", "1.50"]);
  expect(row.e).toBeInstanceOf(ExactNumber);
});

test("columns are the paths of fields, in the order they were met", () => {
  const rows = [{ Name: "a", Hash: { MD5: "m" } }, { Name: "b", Hash: { MD5: "n", SHA1: "s" }, Args: ["x"] }];
  expect(columnsOf(rows)).toEqual(["Name", "Hash.MD5", "Hash.SHA1", "Args"]);
  expect(at(rows[1]!, "Hash.SHA1")).toBe("s");
  expect(at({ "a.b": 1 }, "a.b")).toBe(1);
  expect(at({ a: {} }, "a.toString")).toBeUndefined();
});

test("every value has a text", () => {
  expect([null, undefined, "", 0, false, [1], { a: 1 }].map(textOf)).toEqual(["", "", "", "0", "false", "[1]", '{"a":1}']);
});
