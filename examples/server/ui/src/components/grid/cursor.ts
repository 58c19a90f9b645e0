import { useState } from "react";
import type { Binding } from "../../lib/keys";

/** The cell that keys act on, and the keys that move it. */
export function useCursor(rows: number, columns: number, showRow: (row: number) => void, showColumn: (column: number) => void) {
  const [spot, setSpot] = useState({ row: -1, column: 0 });
  const row = Math.min(spot.row, rows - 1);
  const column = Math.max(0, Math.min(spot.column, columns - 1));
  const put = (toRow: number, toColumn: number) => setSpot({ row: toRow, column: toColumn });
  const go = (toRow: number, toColumn: number) => {
    if (rows === 0) return;
    const next = { row: clamp(toRow, rows), column: clamp(toColumn, columns) };
    setSpot(next);
    if (next.row !== row) showRow(next.row);
    if (next.column !== column) showColumn(next.column);
  };
  const bindings: Binding[] = [
    { keys: "j", does: "Down", run: () => go(row + 1, column) },
    { keys: "k", does: "Up", run: () => go(row - 1, column) },
    { keys: "h", does: "Left", run: () => go(Math.max(row, 0), column - 1) },
    { keys: "l", does: "Right", run: () => go(Math.max(row, 0), column + 1) },
    { keys: "ArrowDown", does: "Down", run: () => go(row + 1, column) },
    { keys: "ArrowUp", does: "Up", run: () => go(row - 1, column) },
    { keys: "ArrowLeft", does: "Left", run: () => go(Math.max(row, 0), column - 1) },
    { keys: "ArrowRight", does: "Right", run: () => go(Math.max(row, 0), column + 1) },
    { keys: "PageDown", does: "A page down", run: () => go(row + 25, column) },
    { keys: "PageUp", does: "A page up", run: () => go(row - 25, column) },
    { keys: "Home", does: "First row", run: () => go(0, column) },
    { keys: "End", does: "Last loaded row", run: () => go(rows - 1, column) },
  ];
  return { row, column, put, bindings };
}

function clamp(n: number, length: number): number {
  return Math.max(0, Math.min(n, length - 1));
}
