import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import type { Found } from "../../api/search";
import { RowDrawer } from "../../components/RowDrawer";
import { Text } from "../../components/Text";
import { Time } from "../../components/Time";
import { useKeys } from "../../lib/keys";
import { summaryOf } from "../../lib/summary";
import { hueOf } from "./ArtifactToggles";
import styles from "./Timeline.module.css";

type Side = { has: boolean; loading: boolean; load: () => void };
type Props = { rows: Found[]; artifacts: string[]; before: number; untimed: boolean; next: Side; previous: Side; empty: ReactNode };

/** Rows in a line each, read with the keyboard. More come at either end, and what is in sight stays where it is. */
export function TimelineRows({ rows, artifacts, before, untimed, next, previous, empty }: Props) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 640px)") ?? false;
  const height = narrow ? 46 : 26;
  // Places are counted from where reading began, so that rows that come in front move none of them.
  const [cursor, setCursor] = useState<number | undefined>();
  const [open, setOpen] = useState(false);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 14 });
  const items = virtual.getVirtualItems();
  const firstSeen = items[0]?.index ?? 0;
  const lastSeen = items.at(-1)?.index ?? 0;
  const held = useRef(0);
  useLayoutEffect(() => {
    if (scroller.current && before > held.current) scroller.current.scrollTop += (before - held.current) * height;
    held.current = before;
  }, [before, height]);
  useEffect(() => {
    if (rows.length === 0) return;
    if (next.has && !next.loading && lastSeen >= rows.length - 60) next.load();
    else if (previous.has && !previous.loading && firstSeen <= 60) previous.load();
  }, [rows.length, firstSeen, lastSeen, next.loading, previous.loading]);
  const go = (by: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, cursor === undefined ? before : cursor + before + by));
    if (rows.length === 0) return;
    setCursor(to - before);
    // What was clicked last, such as a tab, would take the next Enter.
    scroller.current?.focus({ preventScroll: true });
    virtual.scrollToIndex(to);
  };
  const index = cursor === undefined ? -1 : cursor + before;
  const current = rows[index];
  useKeys("Timeline", [
    { keys: "j", does: "Down", run: () => go(1) },
    { keys: "k", does: "Up", run: () => go(-1) },
    { keys: "ArrowDown", does: "Down", run: () => go(1) },
    { keys: "ArrowUp", does: "Up", run: () => go(-1) },
    { keys: "PageDown", does: "A page down", run: () => go(25) },
    { keys: "PageUp", does: "A page up", run: () => go(-25) },
    { keys: "Enter", does: "Open the row", run: () => setOpen(current !== undefined) },
  ]);
  if (rows.length === 0) return <div className={styles.rows}>{empty}</div>;
  return (
    <>
      <div ref={scroller} className={styles.rows} role="grid" aria-label="Rows in time order" tabIndex={0} aria-activedescendant={current ? `${id}-${index}` : undefined}>
        <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <div
                key={`${row.collection_id} ${row.artifact} ${row.row}`}
                id={`${id}-${item.index}`}
                role="row"
                aria-selected={item.index === index}
                className={styles.row}
                style={{ ...hueOf(artifacts, row.artifact), height, transform: `translateY(${item.start}px)` }}
                onClick={() => {
                  setCursor(item.index - before);
                  if (item.index === index || narrow) setOpen(true);
                }}
              >
                <span role="gridcell">{untimed ? <span className={styles.when}>no time</span> : <Time at={row.time} />}</span>
                <span role="gridcell" className={styles.artifact}>
                  <i />
                  <Text value={row.artifact} />
                </span>
                <span role="gridcell" className={styles.summary}>
                  {summaryOf(row.data).map((part) => (
                    <span key={part.path}>
                      <b>
                        <Text value={part.path} />
                      </b>{" "}
                      <Text value={part.text} />
                    </span>
                  ))}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      {open && current && <RowDrawer found={current} close={() => setOpen(false)} move={go} />}
    </>
  );
}
