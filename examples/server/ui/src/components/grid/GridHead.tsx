import { Menu } from "@mantine/core";
import { memo } from "react";
import { Icon } from "../icons";
import { Text } from "../Text";
import type { GridTable, Placed } from "./layout";
import type { Action, Column } from "./types";
import styles from "./Grid.module.css";

type Props<T> = {
  placed: Placed<T>[];
  table: GridTable;
  /** The column that is being resized. */
  resizing: string | undefined;
  /** What can be done with a column, asked when its menu opens. Always the same function. */
  actions: (column: Column<T>) => Action[];
};

function GridHeadOf<T>({ placed, table, resizing, actions }: Props<T>) {
  const headers = new Map(table.getFlatHeaders().map((header) => [header.column.id, header]));
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      {placed.map(({ column, left }, i) => {
        const header = headers.get(column.id);
        const model = table.getColumn(column.id);
        if (!header || !model) return null;
        const className = [styles.title, left !== undefined && styles.pinned, column.align && styles.right].filter(Boolean).join(" ");
        return (
          <div key={column.id} role="columnheader" aria-colindex={i + 1} className={className} style={left === undefined ? undefined : { left }}>
            <Menu withinPortal>
              <Menu.Target>
                <button type="button">
                  <Text value={column.title} />
                </button>
              </Menu.Target>
              <Menu.Dropdown>
                <Actions column={column} actions={actions} />
                <Menu.Item leftSection={<Icon name="pin" />} onClick={() => model.pin(model.getIsPinned() ? false : "start")}>
                  {model.getIsPinned() ? "Unpin" : "Pin to the left"}
                </Menu.Item>
                <Menu.Item leftSection={<Icon name="left" />} disabled={i === 0} onClick={() => move(table, placed, i, i - 1)}>
                  Move left
                </Menu.Item>
                <Menu.Item leftSection={<Icon name="right" />} disabled={i === placed.length - 1} onClick={() => move(table, placed, i, i + 1)}>
                  Move right
                </Menu.Item>
                <Menu.Item leftSection={<Icon name="close" />} onClick={() => model.toggleVisibility(false)}>
                  Hide
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
            <span
              className={resizing === column.id ? `${styles.grip} ${styles.gripping}` : styles.grip}
              onMouseDown={header.getResizeHandler()}
              onTouchStart={header.getResizeHandler()}
              onDoubleClick={() => model.resetSize()}
            />
          </div>
        );
      })}
    </div>
  );
}

/** The titles. Each has a menu of what can be done with its column, and a grip to resize it. */
export const GridHead = memo(GridHeadOf) as typeof GridHeadOf;

function Actions<T>({ column, actions }: { column: Column<T>; actions: (column: Column<T>) => Action[] }) {
  return actions(column).map((action) => (
    <Menu.Item key={action.label} leftSection={<Icon name={action.icon} />} onClick={action.run}>
      {action.label}
    </Menu.Item>
  ));
}

function move<T>(table: GridTable, placed: Placed<T>[], from: number, to: number) {
  const order = placed.map((p) => p.column.id);
  const [moved] = order.splice(from, 1);
  order.splice(to, 0, moved!);
  table.setColumnOrder(order);
}
