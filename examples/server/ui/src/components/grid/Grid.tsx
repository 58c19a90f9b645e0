import { Button, Loader, Menu } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { type MouseEvent, type ReactNode, useCallback, useId, useMemo, useRef, useState } from "react";
import type { Export } from "../../api/export";
import type { RowsOf } from "../../api/pages";
import { copy, copyDefanged } from "../../lib/copy";
import { count } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { textOf } from "../../lib/rows";
import { Icon } from "../icons";
import { ProblemNote } from "../ProblemNote";
import { ColumnChooser } from "./ColumnChooser";
import { ExportMenu } from "./ExportMenu";
import { GridBody } from "./GridBody";
import { GridHead } from "./GridHead";
import { place, useLayout } from "./layout";
import { Scroll } from "./scroll";
import { headHeight, rowHeight, Track } from "./tall";
import { useCursor } from "./cursor";
import type { Action, Column, More } from "./types";
import styles from "./Grid.module.css";

const none: Action[] = [];

type Props<T> = {
  /** Its layout is remembered under this name. */
  name: string;
  /** What the rows are, for screen readers and the counter: "hosts". */
  label: string;
  columns: Column<T>[];
  rows: RowsOf<T>;
  /** How many there are in all, where that is known. */
  total?: number | undefined;
  more?: More;
  empty?: ReactNode;
  onOpen?: (row: T, index: number) => void;
  cellActions?: (row: T, column: Column<T>) => Action[];
  columnActions?: (column: Column<T>) => Action[];
  /** Exports of all there is in the columns that are shown, instead of what was loaded. */
  wholeExports?: (columns: string[]) => Export[];
  /** Beside the counter at the bottom. */
  note?: ReactNode;
};

/** A table of any length, made to be read with the keyboard. Only what is in sight is drawn. */
export function Grid<T>(props: Props<T>) {
  const { name, label, columns, rows, more, onOpen } = props;
  const id = useId();
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const { ref: measured, width: room } = useElementSize();
  const { table, byId, layout, reset } = useLayout(name, columns);
  const shown = [...table.getStartVisibleLeafColumns(), ...table.getCenterVisibleLeafColumns()];
  const shape = shown.map((c) => `${c.id} ${c.getSize()} ${c.getIsPinned()}`).join("|");
  const placed = useMemo(
    () =>
      place(
        shown.flatMap((model) => {
          const column = byId.get(model.id);
          return column ? [{ column, size: model.getSize(), pinned: model.getIsPinned() === "start", touched: model.id in layout.widths }] : [];
        }),
        room,
      ),
    // shape stands for everything that is read of the shown columns.
    [shape, byId, room, layout.widths],
  );
  const shifted = useRef<HTMLDivElement>(null);
  const scroll = useMemo(() => scroller && new Scroll(scroller, new Track(), () => shifted.current), [scroller]);
  const view = (scroller?.clientHeight ?? 0) - headHeight;
  scroll?.track.measure(rows.length * rowHeight, view);
  const showRow = (row: number) => {
    if (!scroll) return;
    const top = row * rowHeight;
    if (top < scroll.track.offset) scroll.to(top);
    else if (top + rowHeight > scroll.track.offset + view) scroll.to(top + rowHeight - view);
  };
  const cursor = useCursor(rows.length, placed.length, showRow, (column) => scrollToColumn(scroller, placed, column));
  const current = cursor.row >= 0 ? rows.at(cursor.row) : undefined;
  const actionsAt = (row: T, column: Column<T>): Action[] => {
    const text = textOf(column.value(row));
    return [
      ...(props.cellActions?.(row, column) ?? none),
      { label: "Copy", icon: "copy", keys: "c", run: () => void copy(text) },
      { label: "Copy defanged", icon: "copy", keys: "shift+C", run: () => void copyDefanged(text) },
    ];
  };
  const latest = useRef(props.columnActions);
  latest.current = props.columnActions;
  const columnActions = useCallback((column: Column<T>) => latest.current?.(column) ?? none, []);
  const at = placed[cursor.column]?.column;
  const currentActions = current !== undefined && at ? actionsAt(current, at) : none;
  const [menu, setMenu] = useState<{ x: number; y: number; actions: Action[] } | undefined>();
  useKeys("Table", [
    ...cursor.bindings,
    ...(onOpen ? [{ keys: "Enter", does: "Open the row", run: () => current !== undefined && onOpen(current, cursor.row) }] : []),
    ...currentActions.flatMap((a) => (a.keys ? [{ keys: a.keys, does: a.label, run: a.run }] : [])),
  ]);

  const hit = (event: MouseEvent) => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>("[data-col]");
    const row = cell?.closest<HTMLElement>("[data-index]");
    return cell && row ? { row: Number(row.dataset.index), column: Number(cell.dataset.col) } : undefined;
  };
  const onClick = (event: MouseEvent) => {
    const spot = hit(event);
    if (spot) cursor.put(spot.row, spot.column);
  };
  const onDoubleClick = (event: MouseEvent) => {
    const spot = hit(event);
    const row = spot && rows.at(spot.row);
    if (row !== undefined) onOpen?.(row, spot!.row);
  };
  const onContextMenu = (event: MouseEvent) => {
    const spot = hit(event);
    const column = spot && placed[spot.column]?.column;
    const row = spot && rows.at(spot.row);
    if (!column || row === undefined || event.shiftKey) return;
    event.preventDefault();
    cursor.put(spot!.row, spot!.column);
    setMenu({ x: event.clientX, y: event.clientY, actions: actionsAt(row, column) });
  };
  const openMenu = () => {
    const cell = document.getElementById(id + "-cursor")?.getBoundingClientRect();
    if (cell) setMenu({ x: cell.left + 12, y: cell.bottom, actions: currentActions });
  };
  useKeys("Table", current === undefined ? [] : [{ keys: ".", does: "What can be done with the cell", run: openMenu }]);

  const width = placed.reduce((sum, p) => sum + p.width, 0);
  const vars = { "--columns": placed.map((p) => p.width + "px").join(" "), "--width": Math.max(width, room) + "px" };
  return (
    <div className={styles.frame}>
      <div ref={measured} />
      {rows.length === 0 && !more?.loading && !more?.error ? (
        <div className={styles.nothing}>{props.empty}</div>
      ) : (
        <div
          ref={setScroller}
          className={styles.scroll}
          role="grid"
          aria-label={label}
          aria-rowcount={(props.total ?? rows.length) + 1}
          aria-colcount={placed.length}
          aria-activedescendant={current === undefined ? undefined : id + "-cursor"}
          tabIndex={0}
          style={vars as React.CSSProperties}
          onClick={onClick}
          onDoubleClick={onDoubleClick}
          onContextMenu={onContextMenu}
        >
          <GridHead placed={placed} table={table} resizing={table.getFlatHeaders().find((h) => h.column.getIsResizing())?.column.id} actions={columnActions} />
          {scroller && scroll && (
            <GridBody
              id={id}
              scroller={scroller}
              scroll={scroll}
              shifted={shifted}
              rows={rows}
              placed={placed}
              more={more}
              cursor={cursor}
              quick={currentActions.filter((a) => a.quick)}
            />
          )}
        </div>
      )}
      {more?.error ? <ProblemNote error={more.error} retry={more.load} /> : null}
      <div className={styles.foot}>
        {rows.length === 0 && more?.loading ? (
          <span>Looking…</span>
        ) : (
          <span>
            {count(rows.length)}
            {props.total !== undefined && props.total > rows.length && ` of ${count(props.total)}`}
            {props.total === undefined && more?.has && "+"} {rows.length === 1 ? label.replace(/s$/, "") : label}
          </span>
        )}
        {more?.loading && <Loader size={12} role="img" aria-label="Loading" />}
        {more?.loading && more.cancel && (
          <Button variant="subtle" onClick={more.cancel}>
            Cancel
          </Button>
        )}
        {props.note}
        <span className={styles.tools}>
          {current !== undefined && (
            <Button variant="default" onClick={openMenu} aria-label="What can be done with the cell">
              <Icon name="more" />
            </Button>
          )}
          <ColumnChooser table={table} reset={reset} />
          <ExportMenu name={name} columns={placed.map((p) => p.column)} rows={rows} whole={props.wholeExports} />
        </span>
      </div>
      <Menu opened={menu !== undefined} onChange={(open) => !open && setMenu(undefined)} withinPortal>
        <Menu.Target>
          <button type="button" tabIndex={-1} aria-label="The cell" className={styles.anchor} style={{ left: menu?.x, top: menu?.y }} />
        </Menu.Target>
        <Menu.Dropdown>
          {menu?.actions.map((action) => (
            <Menu.Item key={action.label} leftSection={<Icon name={action.icon} />} rightSection={action.keys && <kbd>{action.keys}</kbd>} onClick={action.run}>
              {action.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function scrollToColumn<T>(scroller: HTMLDivElement | null, placed: { width: number; left: number | undefined; column: Column<T> }[], column: number) {
  if (!scroller || placed[column]?.left !== undefined) return;
  const pinned = placed.filter((p) => p.left !== undefined).reduce((sum, p) => sum + p.width, 0);
  const from = placed.slice(0, column).reduce((sum, p) => sum + p.width, 0);
  const to = from + (placed[column]?.width ?? 0);
  if (from - pinned < scroller.scrollLeft) scroller.scrollLeft = from - pinned;
  else if (to > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = to - scroller.clientWidth;
}
