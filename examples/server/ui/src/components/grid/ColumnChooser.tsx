import { Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { useState } from "react";
import { plain } from "../../lib/text";
import { Icon } from "../icons";
import type { GridTable } from "./layout";
import styles from "./Grid.module.css";

/** Chooses which columns are shown, from as many as there are. */
export function ColumnChooser({ table, reset }: { table: GridTable; reset: () => void }) {
  const [search, setSearch] = useState("");
  const all = table.getAllLeafColumns();
  const shown = all.filter((c) => c.getIsVisible()).length;
  const found = all.filter((c) => c.id.toLowerCase().includes(search.toLowerCase()) || String(c.columnDef.header).toLowerCase().includes(search.toLowerCase()));
  const showFound = (visible: boolean) =>
    table.setColumnVisibility((old) => ({ ...old, ...Object.fromEntries(found.map((c) => [c.id, visible])) }));
  return (
    <Popover width={300} position="bottom-end" shadow="md" trapFocus transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="columns" />}>
          {shown} of {all.length} columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <TextInput placeholder="Find a column" aria-label="Find a column" value={search} onChange={(e) => setSearch(e.target.value)} mb={6} />
        <div className={styles.chooser}>
          {found.map((c) => (
            <Checkbox key={c.id} size="xs" label={plain(String(c.columnDef.header))} checked={c.getIsVisible()} onChange={(e) => c.toggleVisibility(e.target.checked)} />
          ))}
        </div>
        <div className={styles.tools}>
          <Button variant="subtle" onClick={() => showFound(true)}>
            Show all
          </Button>
          <Button variant="subtle" onClick={() => showFound(false)}>
            Hide all
          </Button>
          <Button variant="subtle" onClick={reset}>
            As it was
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
