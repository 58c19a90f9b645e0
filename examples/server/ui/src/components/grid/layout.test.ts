import { expect, test } from "vitest";
import { inSight, place } from "./layout";
import type { Column } from "./types";

const column = (id: string, grow = false): Column<string> => ({ id, title: id, width: 100, grow, value: (row) => row });

test("room that is left over goes to columns that grow, and pinned ones keep their place", () => {
  const placed = place(
    [
      { column: column("a"), size: 100, pinned: true, touched: false },
      { column: column("b", true), size: 100, pinned: false, touched: false },
    ],
    500,
  );
  expect(placed.map((p) => [p.width, p.left])).toEqual([[100, 0], [400, undefined]]);
});

test("columns are drawn that are pinned or in sight", () => {
  const placed = place(
    ["a", "b", "c", "d"].map((id) => ({ column: column(id), size: 100, pinned: id === "a", touched: false })),
    0,
  );
  expect(inSight(placed, 250, 299).map((p) => [p.column.id, p.index])).toEqual([["a", 0], ["c", 2]]);
  expect(inSight(placed, 0, 1000)).toEqual(placed);
});

test("where pinned columns would take more than half of the room none stays in its place", () => {
  const shown = ["a", "b"].map((id) => ({ column: column(id), size: 100, pinned: id === "a", touched: false }));
  expect(place(shown, 200).map((p) => p.left)).toEqual([0, undefined]);
  expect(place(shown, 199).map((p) => p.left)).toEqual([undefined, undefined]);
});
