import { Button, Menu } from "@mantine/core";
import { csv, jsonLines, save } from "../../lib/export";
import { count } from "../../lib/format";
import { textOf } from "../../lib/rows";
import { Icon } from "../icons";
import type { Action, Column } from "./types";

type Props<T> = {
  name: string;
  columns: Column<T>[];
  rows: T[];
  /** Exports of all there is, not only of what was loaded. */
  whole?: Action[] | undefined;
};

/** Saves what is seen: the loaded rows with the shown columns in their order. */
export function ExportMenu<T>({ name, columns, rows, whole }: Props<T>) {
  const asCSV = () =>
    save(name + ".csv", "text/csv", csv(columns.map((c) => c.title), rows.map((row) => columns.map((c) => textOf(c.value(row))))));
  const asLines = () =>
    save(
      name + ".jsonl",
      "application/x-ndjson",
      jsonLines(rows.map((row) => Object.fromEntries(columns.map((c) => [c.title, c.value(row)])))),
    );
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" />} disabled={rows.length === 0}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>What is seen: {count(rows.length)} loaded rows</Menu.Label>
        <Menu.Item onClick={asCSV}>CSV</Menu.Item>
        <Menu.Item onClick={asLines}>JSON Lines</Menu.Item>
        {whole && whole.length > 0 && <Menu.Label>All of it, from the server</Menu.Label>}
        {whole?.map((action) => (
          <Menu.Item key={action.label} onClick={action.run}>
            {action.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
