import { expect, test } from "vitest";
import { huntsOf, readSide, sideWords, usualSides, writeSide, type Side } from "./sides";

test.each<[Side, string]>([
  [{ hunt_id: "H.1:x" }, "hunt:H.1:x"],
  [{ collection_ids: ["a", "b"] }, "collections:a,b"],
  [{ from: "2026-11-25T00:00:00.000Z" }, "times:2026-11-25T00:00:00.000Z.."],
  [{ from: "2026-11-24T00:00:00.000Z", to: "2026-11-25T00:00:00.000Z" }, "times:2026-11-24T00:00:00.000Z..2026-11-25T00:00:00.000Z"],
])("a side goes into an address and comes out of it", (side, text) => {
  expect(writeSide(side)).toBe(text);
  expect(readSide(text)).toEqual(side);
});

test.each([undefined, "", "hunt:", "collections:,", "times:..", "times:soon..later", "other:x"])("%j is no side", (text) => {
  expect(readSide(text)).toBeUndefined();
});

const c = (hunt_id: string, host_id: string, day: number) => ({ hunt_id, host_id, collected_at: `2026-11-0${day}T10:00:00Z` });

test("the last hunt is compared with the one before it", () => {
  const all = [c("H.2", "a", 3), c("H.2", "b", 4), c("H.1", "a", 1), c("", "a", 5)];
  expect(huntsOf(all).map((h) => [h.id, h.hosts])).toEqual([["H.2", 2], ["H.1", 1]]);
  expect(usualSides(all)).toEqual({ before: { hunt_id: "H.1" }, after: { hunt_id: "H.2" } });
});

test("without two hunts the last day is compared with the days before it", () => {
  expect(usualSides([c("", "a", 1), c("H.1", "a", 3)])).toEqual({ before: { to: "2026-11-03T00:00:00.000Z" }, after: { from: "2026-11-03T00:00:00.000Z" } });
  expect(usualSides([c("H.1", "a", 1)])).toBeUndefined();
});

test("a side is told in words", () => {
  expect(sideWords({ collection_ids: ["a", "b"] })).toBe("2 collections");
  expect(sideWords({ to: "2026-11-25T00:00:00.000Z" })).toBe("before 2026-11-25 00:00:00Z");
});
