import { expect, test } from "vitest";
import { combined, isClause, negated, typedColumn } from "./filters";
import { ExactNumber } from "./rows";

test.each([
  ["Name", "a b", 'Name: "a b"'],
  ["Path", 'C:\\a "b"', 'Path: "C:\\\\a \\"b\\""'],
  ["Entry Location", 3, '"Entry Location": 3'],
  ["Not", true, '"Not": true'],
  ["Hash.SHA256", null, "Hash.SHA256: null"],
  ["Id", new ExactNumber("18446744073709551615"), "Id: 18446744073709551615"],
  ["Gone", undefined, "not exists Gone"],
  ["Long", "a".repeat(2000), undefined],
  ["List", [1], undefined],
])("the filter for %s: %j", (path, value, want) => {
  expect(isClause(path, value)).toBe(want);
});

test("a filter is turned round, and back", () => {
  expect(negated("Name: x")).toBe("not Name: x");
  expect(negated(negated("Name: x"))).toBe("Name: x");
});

test("filters narrow what is typed, whatever it is", () => {
  expect(combined("a or b", ["not c: 1", "d: 2"])).toBe("(a or b) and not c: 1 and d: 2");
  expect(combined(" * ", ["c: 1"])).toBe("c: 1");
  expect(combined("a", [])).toBe("a");
  expect(combined('a: ")" or b ~ /)/ or c\\)', ["c: 1"])).toBe('(a: ")" or b ~ /)/ or c\\)) and c: 1');
});

test("what is typed cannot get out of its brackets", () => {
  for (const query of ["a) or (b", 'a: "', "a ~ /x", "(a"]) expect(combined(query, ["c: 1"])).toBe(query);
});

test("a mistake is found in what is typed", () => {
  expect(typedColumn(7, "Name:", ["c: 1"])).toBe(6);
  expect(typedColumn(6, "Name:", [])).toBe(6);
  expect(typedColumn(2, "a) or (b", ["c: 1"])).toBe(2);
});
