import {
  columnOrderingFeature,
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
  type Updater,
} from "@tanstack/react-table";
import { useCallback, useMemo } from "react";
import { useRemembered } from "../../lib/remember";
import type { Column } from "./types";

const features = tableFeatures({
  columnOrderingFeature,
  columnPinningFeature,
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
});

/** What a person changed about a grid's columns; the rest is as the columns say. */
type Layout = {
  order: string[];
  shown: Record<string, boolean>;
  pinned?: string[];
  widths: Record<string, number>;
};

const untouched: Layout = { order: [], shown: {}, widths: {} };
const noRows: never[] = [];

/** A shown column with its place: which it is, how wide, where it begins, and how far from the left it stays where it is pinned. */
export type Placed<T> = { column: Column<T>; index: number; width: number; from: number; left: number | undefined };

/** The columns of a grid as a person arranged them; remembered under the grid's name. */
export function useLayout<T>(name: string, columns: Column<T>[]) {
  const [layout, setLayout] = useRemembered<Layout>("grid." + name, untouched);
  const byId = useMemo(() => new Map(columns.map((c) => [c.id, c])), [columns]);
  const defs = useMemo(() => columns.map((c) => ({ id: c.id, header: c.title, size: c.width, minSize: 44, maxSize: 2000 })), [columns]);
  const columnVisibility = useMemo(
    () => Object.fromEntries(columns.map((c) => [c.id, layout.shown[c.id] ?? !c.hidden])),
    [columns, layout.shown],
  );
  const start = useMemo(
    () => layout.pinned?.filter((id) => byId.has(id)) ?? columns.filter((c) => c.pinned).map((c) => c.id),
    [columns, byId, layout.pinned],
  );
  const change = useCallback(
    <V>(now: V, put: (layout: Layout, next: V) => Layout) =>
      (updater: Updater<V>) =>
        setLayout(put(layout, typeof updater === "function" ? (updater as (old: V) => V)(now) : updater)),
    [layout, setLayout],
  );
  const pinning = { start, end: [] as string[] };
  const table = useTable({
    features,
    columns: defs,
    data: noRows,
    columnResizeMode: "onChange",
    state: { columnVisibility, columnOrder: layout.order, columnPinning: pinning, columnSizing: layout.widths },
    onColumnVisibilityChange: change(columnVisibility, (l, shown) => ({ ...l, shown })),
    onColumnOrderChange: change(layout.order, (l, order) => ({ ...l, order })),
    onColumnPinningChange: change(pinning, (l, next) => ({ ...l, pinned: next.start })),
    onColumnSizingChange: change(layout.widths, (l, widths) => ({ ...l, widths })),
  });
  const reset = useCallback(() => setLayout(untouched), [setLayout]);
  return { table, byId, layout, reset };
}

export type GridTable = ReturnType<typeof useLayout>["table"];

/** Gives the shown columns their widths: what is left over of the room goes to those that grow. Where pinned ones would
 * take more than half of it, none stays in its place. */
export function place<T>(shown: { column: Column<T>; size: number; pinned: boolean; touched: boolean }[], room: number): Placed<T>[] {
  const free = room - shown.reduce((sum, s) => sum + s.size, 0);
  const growing = shown.filter((s) => s.column.grow && !s.touched);
  const each = free > 0 && growing.length > 0 ? Math.floor(free / growing.length) : 0;
  const stay = room === 0 || shown.reduce((sum, s) => sum + (s.pinned ? s.size : 0), 0) <= room / 2;
  let left = 0;
  return shown.map((s, index) => {
    const width = s.size + (growing.includes(s) ? each : 0);
    const placed = { column: s.column, index, width, from: left, left: s.pinned && stay ? left : undefined };
    left += width;
    return placed;
  });
}

/** The columns that are in sight or near it: those that are pinned, and those between two distances from the left. */
export function inSight<T>(placed: Placed<T>[], from: number, to: number): Placed<T>[] {
  return placed.filter((p) => p.left !== undefined || (p.from + p.width >= from && p.from <= to));
}
