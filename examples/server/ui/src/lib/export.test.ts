import { expect, test } from "vitest";
import { csv, jsonLines } from "./export";

test("a spreadsheet runs nothing of an export", () => {
  expect(csv(["Name"], [["=cmd|'/c calc'!A1"], ["-5"], ['say "hi", twice'], ["@SUM(A1)"]])).toBe(
    `Name\r\n'=cmd|'/c calc'!A1\r\n-5\r\n"say ""hi"", twice"\r\n'@SUM(A1)\r\n`,
  );
});

test("JSON Lines are a row a line", () => {
  expect(jsonLines([{ a: "x\ny" }, { a: 1 }])).toBe('{"a":"x\\ny"}\n{"a":1}\n');
});
