import { Button, Menu } from "@mantine/core";
import type { RowsOf } from "../../api/pages";
import { csv, jsonLines, save } from "../../lib/export";
import { bytes, count } from "../../lib/format";
import { textOf } from "../../lib/rows";
import { Icon } from "../icons";
import { type Export, useExport } from "../../api/export";
import type { Column } from "./types";

type Props<T> = {
  name: string;
  columns: Column<T>[];
  rows: RowsOf<T>;
  /** Exports of all there is, by the columns that are shown, instead of the loaded rows. */
  whole?: ((columns: string[]) => Export[]) | undefined;
};

/** Saves what is seen: the shown columns in their order, of the loaded rows or, from the server, of all. */
export function ExportMenu<T>({ name, columns, rows, whole }: Props<T>) {
  const { running, start, cancel } = useExport();
  const loaded = Array.isArray(rows) ? (rows as T[]) : [];
  const asCSV = () =>
    save(name + ".csv", "text/csv", csv(columns.map((c) => c.title), loaded.map((row) => columns.map((c) => textOf(c.value(row))))));
  const asLines = () =>
    save(
      name + ".jsonl",
      "application/x-ndjson",
      jsonLines(loaded.map((row) => Object.fromEntries(columns.map((c) => [c.title, c.value(row)])))),
    );
  if (running !== undefined)
    return (
      <Button variant="default" onClick={cancel} leftSection={<Icon name="close" />}>
        Cancel the export, {bytes(running)} so far
      </Button>
    );
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<Icon name="download" />} disabled={rows.length === 0}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {loaded.length > 0 && (
          <>
            <Menu.Label>What is seen: {count(loaded.length)} loaded rows</Menu.Label>
            <Menu.Item onClick={asCSV}>CSV</Menu.Item>
            <Menu.Item onClick={asLines}>JSON Lines</Menu.Item>
          </>
        )}
        {whole && <Menu.Label>All of it, from the server</Menu.Label>}
        {whole?.(columns.map((c) => c.id)).map((one) => (
          <Menu.Item key={one.label} onClick={() => void start(one)}>
            {one.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
