import { expect, test } from "vitest";
import { summaryOf } from "./summary";

test("a row in a line begins with what tells it from others", () => {
  const row = { CreateTime: "2026-11-25T00:00:00Z", Size: 12, Pid: 7, Exe: "/tmp/x", Hash: { MD5: "aa" }, Upload: null, Note: "", Tags: [] };
  expect(summaryOf(row)).toEqual([
    { path: "Exe", text: "/tmp/x" },
    { path: "Pid", text: "7" },
    { path: "Size", text: "12" },
    { path: "Hash.MD5", text: "aa" },
  ]);
});

test("long values and rows of many fields stay a line", () => {
  const row = Object.fromEntries(Array.from({ length: 50 }, (_, i) => ["c" + i, "x".repeat(1000)]));
  expect(summaryOf(row)).toHaveLength(12);
  expect(summaryOf(row)[0]!.text).toHaveLength(160);
});
