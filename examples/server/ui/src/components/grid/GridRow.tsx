import { memo, type CSSProperties } from "react";
import { Value } from "../Value";
import type { Placed } from "./layout";
import styles from "./Grid.module.css";

type Props<T> = {
  id: string;
  row: T;
  index: number;
  top: number;
  placed: Placed<T>[];
  /** The column of the cursor, -1 on all other rows. */
  cursor: number;
};

function GridRowOf<T>({ id, row, index, top, placed, cursor }: Props<T>) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={cursor >= 0 ? styles.current : styles.row}
      data-index={index}
      style={{ transform: `translateY(${top}px)` }}
    >
      {placed.map(({ column, left }, i) => (
        <div
          key={column.id}
          id={cursor === i ? id + "-cursor" : undefined}
          role="gridcell"
          aria-colindex={i + 1}
          data-col={i}
          className={cellClass(left !== undefined, cursor === i, column.align === "right")}
          style={left === undefined ? undefined : ({ left } as CSSProperties)}
        >
          {column.cell ? column.cell(row) : <Value value={column.value(row)} />}
        </div>
      ))}
    </div>
  );
}

function cellClass(pinned: boolean, cursor: boolean, right: boolean): string {
  let name = styles.cell!;
  if (pinned) name += " " + styles.pinned;
  if (cursor) name += " " + styles.cursor;
  if (right) name += " " + styles.right;
  return name;
}

/** One row. Nothing of it is drawn again while the table only scrolls. */
export const GridRow = memo(GridRowOf) as typeof GridRowOf;
