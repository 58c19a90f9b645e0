import { expect, test } from "vitest";
import { browseOf } from "./browse";

test("an address says what is asked", () => {
  expect(browseOf({ query: 7, filters: ["a: 1"], hosts: "web01", from: "2026-11-25", order: "stored", stack: ["a", "a", "b", "c", "d"], artifacts: ["x"] })).toEqual({
    query: "7",
    filters: ["a: 1"],
    hosts: ["web01"],
    from: "2026-11-25T00:00:00.000Z",
    order: "stored",
    stack: ["a", "b", "c"],
  });
  expect(browseOf({ query: "", order: "upside down", filters: { a: 1 } })).toEqual({});
});
