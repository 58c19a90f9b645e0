import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useRows, type Found } from "../api/rows";
import type { Schemas } from "../api/client";
import { at, columnsOf } from "../lib/rows";
import { Empty } from "./Empty";
import { Grid } from "./grid/Grid";
import type { Action, Column } from "./grid/types";
import { RowDrawer } from "./RowDrawer";
import { Text } from "./Text";

type Props = {
  artifact: string;
  collections: Schemas["Collection"][] | undefined;
  total: number | undefined;
  /** Rows of several hosts say whose they are. */
  withHost: boolean;
  wholeExports?: Action[];
};

const host: Column<Found> = {
  id: "/host",
  title: "Host",
  width: 160,
  pinned: true,
  value: (r) => r.collection.hostname,
  cell: (r) => (
    <Link to="/hosts/$hostId" params={{ hostId: r.collection.host_id }}>
      <Text value={r.collection.hostname} />
    </Link>
  ),
};

/** The rows of an artifact, with a column for each of its fields. */
export function RowGrid({ artifact, collections, total, withHost, wholeExports = [] }: Props) {
  const { rows, more } = useRows(artifact, collections);
  const [open, setOpen] = useState<number | undefined>();
  // Fields of later rows are columns too. Names are compared, so that columns stay the same while nothing is new.
  const names = useMemo(() => columnsOf(rows.slice(0, 5000).map((r) => r.data)).join("\n"), [rows]);
  const columns = useMemo(() => {
    const fields = names === "" ? [] : names.split("\n").map(field);
    return withHost ? [host, ...fields] : fields;
  }, [names, withHost]);
  const shown = open === undefined ? undefined : rows[open];
  return (
    <>
      <Grid
        name={"rows." + artifact}
        label="rows"
        columns={columns}
        rows={rows}
        total={total}
        more={collections ? more : { ...more, loading: true }}
        onOpen={(_, index) => setOpen(index)}
        wholeExports={wholeExports}
        empty={<Empty title="There are no rows">The artifact ran and found nothing.</Empty>}
      />
      {shown && (
        <RowDrawer
          found={shown}
          artifact={artifact}
          close={() => setOpen(undefined)}
          move={(by) => setOpen((now) => Math.max(0, Math.min(rows.length - 1, (now ?? 0) + by)))}
        />
      )}
    </>
  );
}

function field(path: string): Column<Found> {
  return { id: path, title: path, width: Math.max(90, Math.min(320, path.length * 8 + 90)), value: (r) => at(r.data, path) };
}
