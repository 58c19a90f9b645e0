import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import type { Field, Found, Question, useSearch } from "../api/search";
import { isClause, negated } from "../lib/filters";
import { nameOf } from "../lib/hosts";
import { at } from "../lib/rows";
import { Empty } from "./Empty";
import { Grid } from "./grid/Grid";
import type { Action, Column } from "./grid/types";
import { HostLink } from "./links";
import { usePivots } from "./pivots";
import { RowDrawer } from "./RowDrawer";
import { Scanned } from "./Scanned";
import { Text } from "./Text";
import { Time } from "./Time";

type Props = {
  /** The layout is remembered under this name, and exports are called so. */
  name: string;
  question: Question;
  /** What came of the question. */
  found: ReturnType<typeof useSearch>;
  /** Rows of several hosts say whose they are, rows of several tenants and artifacts likewise. */
  withHost?: boolean;
  /** The names of tenants, where rows may be of several. */
  tenantName?: ((id: string) => string) | undefined;
  withArtifact?: boolean;
  /** Narrows the question to the rows that a clause selects. */
  filter?: ((clause: string) => void) | undefined;
  /** Counts the values of a column. */
  stack?: ((path: string) => void) | undefined;
  empty?: ReactNode;
};

const host: Column<Found> = { id: "/host", title: "Host", width: 160, pinned: true, value: nameOf, cell: (r) => <HostLink host={r} /> };
const artifact: Column<Found> = { id: "/artifact", title: "Artifact", width: 230, value: (r) => r.artifact, cell: (r) => <Text value={r.artifact} />, pivots: false };
const time: Column<Found> = { id: "/time", title: "Time", width: 196, value: (r) => r.time, cell: (r) => <Time at={r.time} />, pivots: false };
const sources: Column<Found>[] = [
  { id: "/client", title: "Client", width: 180, hidden: true, value: (r) => r.client_id || undefined },
  {
    id: "/flow",
    title: "Flow",
    width: 160,
    hidden: true,
    value: (r) => r.flow_id,
    cell: (r) => (
      <Link to="/collections/$collectionId" params={{ collectionId: r.collection_id }} search={{ artifact: r.artifact }}>
        <Text value={r.flow_id || "open"} />
      </Link>
    ),
  },
];

/** The whole of a row, where rows have few columns in common. */
const whole: Column<Found> = { id: "/row", title: "Row", width: 600, grow: true, value: (r) => r.data, pivots: false };

/** A column as wide as its values and its title need, within reason. */
function field({ path, longest }: Field, hidden: boolean): Column<Found> {
  const width = 18 + Math.max(7.6 * longest, 7.4 * path.length);
  return { id: path, title: path, width: Math.round(Math.max(64, Math.min(330, width))), hidden, value: (r) => at(r.data, path) };
}

/** Whether a column is one of the rows themselves, not of where they come from. */
const isField = (column: Column<Found>) => !column.id.startsWith("/");

/** The rows that a question selects, with a column for each of their fields. */
export function RowGrid({ name, question, found, withHost = false, tenantName, withArtifact = false, filter, stack, empty }: Props) {
  const pivots = usePivots();
  const { rows, more, total, account, fields } = found;
  const [open, setOpen] = useState<number | undefined>();
  const columns = useMemo(
    () => [
      ...(tenantName ? [{ id: "/tenant", title: "Tenant", width: 130, value: (r: Found) => tenantName(r.tenant_id), pivots: false }] : []),
      ...(withHost ? [host] : []),
      ...(withArtifact ? [artifact] : []),
      time,
      ...(withArtifact ? [whole] : []),
      ...fields.map((f) => field(f, withArtifact)),
      ...sources,
    ],
    [fields, withHost, tenantName, withArtifact],
  );
  const cellActions = (row: Found, column: Column<Found>): Action[] => {
    const value = column.value(row);
    const clause = filter && isField(column) ? isClause(column.id, value) : undefined;
    return [
      ...(clause
        ? [
            { label: "Only rows with this", icon: "plus" as const, keys: "f", quick: true, run: () => filter!(clause) },
            { label: "Only rows without this", icon: "minus" as const, keys: "shift+F", quick: true, run: () => filter!(negated(clause)) },
          ]
        : []),
      ...pivots(row, column),
      ...(stack && isField(column) ? [{ label: "Stack the column", icon: "stack" as const, keys: "s", quick: true, run: () => stack(column.id) }] : []),
    ];
  };
  const columnActions = (column: Column<Found>): Action[] =>
    isField(column)
      ? [
          ...(stack ? [{ label: "Stack", icon: "stack" as const, run: () => stack(column.id) }] : []),
          ...(filter ? [{ label: "Only rows that have it", icon: "plus" as const, run: () => filter(negated(isClause(column.id, undefined)!)) }] : []),
        ]
      : [];
  const shown = open === undefined ? undefined : rows.at(open);
  return (
    <>
      <Grid
        name={"rows." + name}
        label="rows"
        columns={columns}
        rows={rows}
        total={total}
        more={more}
        onOpen={(_, index) => setOpen(index)}
        cellActions={cellActions}
        columnActions={columnActions}
        wholeExports={(ids) => {
          const fields = ids.filter((id) => !id.startsWith("/"));
          return [
            { label: fields.length > 0 ? "CSV, the columns that are shown" : "CSV, every column of the rows", file: name + ".csv", type: "text/csv", question: { ...question, ...(fields.length > 0 && { columns: fields }) } },
            { label: "JSON Lines, whole rows", file: name + ".jsonl", type: "application/x-ndjson", question },
          ];
        }}
        note={<Scanned account={account} />}
        empty={empty ?? <Empty title="There are no rows">The artifact ran and found nothing.</Empty>}
      />
      {shown && <RowDrawer found={shown} close={() => setOpen(undefined)} move={(by) => setOpen((now) => Math.max(0, Math.min(rows.length - 1, (now ?? 0) + by)))} />}
    </>
  );
}
