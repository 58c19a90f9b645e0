import { expect, test } from "vitest";
import { place } from "./layout";
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
