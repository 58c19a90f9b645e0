import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useMemo } from "react";
import type { RowsOf } from "../../api/pages";
import { GridRow } from "./GridRow";
import { inSight, type Placed } from "./layout";
import type { Scroll } from "./scroll";
import { rowHeight, tallest } from "./tall";
import type { Action, More } from "./types";
import styles from "./Grid.module.css";

type Props<T> = {
  id: string;
  scroller: HTMLDivElement;
  scroll: Scroll;
  /** What moves with the table. */
  shifted: RefObject<HTMLDivElement | null>;
  rows: RowsOf<T>;
  placed: Placed<T>[];
  more: More | undefined;
  cursor: { row: number; column: number };
  quick: Action[];
};

const none: Action[] = [];
/** How far beside what is seen columns are drawn. */
const beside = 300;

/** The rows and columns that are in sight. Only this is drawn again while the table scrolls. */
export function GridBody<T>({ id, scroller, scroll, shifted, rows, placed, more, cursor, quick }: Props<T>) {
  const size = rows.length * rowHeight;
  const down = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollToFn: () => {},
    observeElementOffset: (_, draw) => scroll.follow(draw),
  });
  useLayoutEffect(() => scroll.rest(), [scroll, size]);
  // Steps, so that rows are drawn again only now and then while the table is scrolled to the side.
  const across = useVirtualizer({
    count: Math.ceil(placed.reduce((sum, p) => sum + p.width, 0) / beside),
    horizontal: true,
    getScrollElement: () => scroller,
    estimateSize: () => beside,
    overscan: 1,
    scrollToFn: () => {},
    observeElementOffset: (_, draw) => scroll.followAside(draw),
  });
  const steps = across.getVirtualItems();
  const from = steps[0]?.start ?? 0;
  const to = steps.at(-1)?.end ?? beside;
  const drawn = useMemo(() => inSight(placed, from, to), [placed, from, to]);
  const items = down.getVirtualItems();
  const base = scroll.track.rebase();
  const pool = 64 * Math.ceil(items.length / 64);
  const firstSeen = items[0]?.index ?? 0;
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more?.see) more.see(firstSeen, lastSeen);
    else if (more?.has && !more.loading && !more.error && lastSeen >= rows.length - 120) more.load();
  }, [more?.see === undefined ? more : rows, firstSeen, lastSeen, rows.length]);
  return (
    <div className={styles.body} style={{ height: Math.min(size, tallest) }}>
      <div ref={shifted} role="rowgroup" className={styles.shifted} style={{ transform: scroll.track.shift }}>
        {items.map((item) => (
          <GridRow
            // What of a row went out of sight is used again for one that comes into it.
            key={item.index % pool}
            id={id}
            row={rows.at(item.index)}
            index={item.index}
            top={item.start - base}
            placed={drawn}
            cursor={item.index === cursor.row ? cursor.column : -1}
            quick={item.index === cursor.row ? quick : none}
          />
        ))}
      </div>
    </div>
  );
}
