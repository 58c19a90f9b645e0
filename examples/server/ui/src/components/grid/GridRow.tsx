import { memo } from "react";
import { Icon } from "../icons";
import { Value } from "../Value";
import type { Placed } from "./layout";
import type { Action } from "./types";
import styles from "./Grid.module.css";

type Props<T> = {
  id: string;
  /** Undefined while it is on its way. */
  row: T | undefined;
  index: number;
  top: number;
  /** The columns to draw. */
  placed: Placed<T>[];
  /** The column of the cursor, -1 on all other rows. */
  cursor: number;
  /** What can be done with the cell under the cursor at once. */
  quick: Action[];
};

/** How wide a quick action is; those that a cell has no room for are in its menu. */
const quickWidth = 22;

function GridRowOf<T>({ id, row, index, top, placed, cursor, quick }: Props<T>) {
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={cursor >= 0 ? styles.current : styles.row}
      data-index={index}
      style={{ transform: `translateY(${top}px)` }}
    >
      {placed.map(({ column, index: i, left, width }) => (
        <div
          key={column.id}
          id={cursor === i ? id + "-cursor" : undefined}
          role="gridcell"
          aria-colindex={i + 1}
          data-col={i}
          className={cellClass(left !== undefined, cursor === i, column.align === "right")}
          style={left === undefined ? { gridColumn: i + 1 } : { gridColumn: i + 1, left }}
        >
          {row === undefined ? <span className={styles.coming} /> : column.cell ? column.cell(row) : <Value value={column.value(row)} />}
          {cursor === i && quick.length > 0 && (
            <span className={styles.quick}>
              {/* The second click of two opens the row: it was meant before there was a button under it. */}
              {quick.slice(0, Math.floor((width - 10) / quickWidth)).map((action) => (
                <button key={action.label} type="button" tabIndex={-1} title={action.keys ? `${action.label} (${action.keys})` : action.label} aria-label={action.label} onClick={(e) => e.detail < 2 && action.run()}>
                  <Icon name={action.icon} size={14} />
                </button>
              ))}
            </span>
          )}
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
