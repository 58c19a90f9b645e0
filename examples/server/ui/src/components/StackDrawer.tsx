import { Button, Drawer, MultiSelect, SegmentedControl } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, askExact, type Schemas } from "../api/client";
import type { Question } from "../api/search";
import { isClause } from "../lib/filters";
import { count, percent } from "../lib/format";
import { nameOf } from "../lib/hosts";
import { plain } from "../lib/text";
import { Empty } from "./Empty";
import { Grid } from "./grid/Grid";
import type { Action, Column } from "./grid/types";
import { HostLink } from "./links";
import { usePivots } from "./pivots";
import { Scanned } from "./Scanned";
import { SaveHunt } from "./SaveHunt";
import { Text } from "./Text";
import { Time } from "./Time";
import { Value } from "./Value";
import styles from "./StackDrawer.module.css";

type Props = {
  artifact: string;
  question: Question;
  /** The columns that may be stacked. */
  known: string[];
  fields: string[];
  setFields: (fields: string[]) => void;
  /** Narrows the rows to those that clauses select. */
  filter: (clauses: string[]) => void;
  close: () => void;
};

type Stacked = Omit<Schemas["StackValue"], "values"> & { values: unknown[] };
type Answer = Omit<Schemas["StackAnswer"], "values"> & { values: Stacked[] };

/** How many values are asked for at first, and at most. */
const atFirst = 1000;
const most = 100_000;

/** The values that up to three columns have, and how many of the hosts have each. */
export function StackDrawer({ artifact, question, known, fields, setFields, filter, close }: Props) {
  const pivots = usePivots();
  const [order, setOrder] = useState<"rare" | "common">("rare");
  const [limit, setLimit] = useState(atFirst);
  const { order: _, ...scope } = question;
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["stack", scope, artifact, fields, order, limit],
    queryFn: async ({ signal }) =>
      (await askExact<Answer>(api.POST("/api/hunt/stack", { body: { ...scope, artifact, fields, order, limit }, parseAs: "text", signal }))).data,
    enabled: fields.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const clausesOf = (value: Stacked) => fields.flatMap((field, i) => isClause(field, value.values[i]) ?? []);
  const columns = useMemo(
    () => columnsOf(fields, data?.hosts_with_artifact ?? 0, (value) => filter(clausesOf(value))),
    [fields.join("\n"), data?.hosts_with_artifact, filter],
  );
  const cellActions = (value: Stacked, column: Column<Stacked>): Action[] => {
    const clauses = clausesOf(value);
    return [
      ...(clauses.length === fields.length ? [{ label: "Only rows with this", icon: "plus" as const, keys: "f", quick: true, run: () => filter(clauses) }] : []),
      ...(clauses.length === 1 && fields.length === 1
        ? [{ label: "Only rows without this", icon: "minus" as const, keys: "shift+F", quick: true, run: () => filter(["not " + clauses[0]]) }]
        : []),
      ...pivots(value, column),
    ];
  };
  return (
    <Drawer
      opened
      onClose={close}
      size={1080}
      title={
        <span>
          Stack of <Text value={artifact} />
        </span>
      }
      closeButtonProps={{ "aria-label": "Close" }}
      classNames={{ content: styles.content!, body: styles.body! }}
    >
      <div className={styles.tools} tabIndex={-1} data-autofocus={fields.length > 0 || undefined}>
        <MultiSelect
          className={styles.fields!}
          aria-label="Columns to stack"
          placeholder={fields.length === 0 ? "A column, or up to three" : ""}
          data-autofocus={fields.length === 0 || undefined}
          data={[...new Set([...fields, ...known])].map((path) => ({ value: path, label: plain(path) }))}
          value={fields}
          onChange={setFields}
          maxValues={3}
          searchable
          limit={200}
        />
        <SegmentedControl
          size="xs"
          aria-label="Order"
          value={order}
          onChange={(next) => setOrder(next as "rare" | "common")}
          data={[
            { value: "rare", label: "Rarest first" },
            { value: "common", label: "Commonest first" },
          ]}
        />
        <SaveHunt kind="stack" question={fields.length === 0 ? undefined : { ...scope, artifact, fields, order }} />
      </div>
      {fields.length === 0 ? (
        <Empty title="Which column?">Choose one above: its values are counted by the hosts that have them, the rarest first.</Empty>
      ) : (
        <>
          <p className={styles.facts} role="status">
            {data && (
              <>
                <span>
                  <b>{count(data.distinct)}</b> {data.distinct === 1 ? "value" : "values"}
                </span>
                <span>
                  <b>{count(data.hosts_with_artifact)}</b> of <b>{count(data.hosts_total)}</b> hosts have the artifact
                </span>
                {data.missing > 0 && (
                  <span>
                    <b>{count(data.missing)}</b> rows without {fields.length === 1 ? "the column" : "one of the columns"}
                  </span>
                )}
              </>
            )}
          </p>
          <Grid
            name={"stack." + artifact}
            label="values"
            columns={columns}
            rows={data?.values ?? none}
            total={data?.distinct}
            more={{ has: false, loading: isFetching, error, load: () => void refetch() }}
            onOpen={(value) => filter(clausesOf(value))}
            cellActions={cellActions}
            note={
              <>
                <Scanned account={data} />
                {data && data.values.length < data.distinct && limit < most && (
                  <Button variant="subtle" onClick={() => setLimit(most)}>
                    Show {data.distinct > most ? "the first " + count(most) : "all " + count(data.distinct)}
                  </Button>
                )}
              </>
            }
            empty={<Empty title="No row has the column">Choose another column, or take a filter away.</Empty>}
          />
        </>
      )}
    </Drawer>
  );
}

const none: Stacked[] = [];

function columnsOf(fields: string[], hosts: number, take: (value: Stacked) => void): Column<Stacked>[] {
  return [
    ...fields.map((path, i): Column<Stacked> => ({
      id: path,
      title: path,
      width: fields.length === 1 ? 220 : 150,
      grow: true,
      value: (v) => v.values[i],
      cell: (v) => (
        <button type="button" tabIndex={-1} className={styles.value} title="Only rows with this" onClick={() => take(v)}>
          <Value value={v.values[i]} />
        </button>
      ),
    })),
    {
      id: "/hosts",
      title: "Hosts",
      width: 150,
      pivots: false,
      value: (v) => v.hosts,
      cell: (v) => (
        <span className={styles.bar} title={`${count(v.hosts)} of ${count(hosts)} hosts with the artifact`}>
          <i style={{ width: `${hosts > 0 ? Math.max(1, (100 * v.hosts) / hosts) : 0}%` }} />
          <b>{count(v.hosts)}</b> <small>{percent(v.hosts, hosts)}</small>
        </span>
      ),
    },
    { id: "/rows", title: "Rows", width: 76, align: "right", pivots: false, value: (v) => v.rows, cell: (v) => count(v.rows) },
    {
      id: "/sample",
      title: "On",
      width: 210,
      pivots: false,
      value: (v) => (v.sample_hosts ?? []).map(nameOf).join(", "),
      cell: (v) => (
        <>
          {(v.sample_hosts ?? []).map((h, i) => (
            <span key={h.host_id}>
              {i > 0 && ", "}
              <HostLink host={h} />
            </span>
          ))}
          {v.hosts > (v.sample_hosts ?? []).length && ", …"}
        </>
      ),
    },
    { id: "/first", title: "First seen", width: 196, pivots: false, value: (v) => v.first_seen, cell: (v) => <Time at={v.first_seen} /> },
    { id: "/last", title: "Last seen", width: 196, pivots: false, value: (v) => v.last_seen, cell: (v) => <Time at={v.last_seen} /> },
  ];
}
