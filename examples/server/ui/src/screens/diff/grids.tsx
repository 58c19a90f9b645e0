import { useMemo } from "react";
import type { Schemas } from "../../api/client";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { HostLink } from "../../components/links";
import { usePivots } from "../../components/pivots";
import { Value } from "../../components/Value";
import { type Change, type Differences, type Entry, type HostOf, type HostSum, valuesText } from "../../lib/diff";
import { count } from "../../lib/format";
import { nameOf } from "../../lib/hosts";
import styles from "../diff.module.css";

type Answer = Schemas["DiffAnswer"];

/** The ways to look at differences. */
export const diffTabs = {
  added: { title: "Added", count: (_: Answer, d: Differences) => d.added.length },
  changed: { title: "Changed", count: (_: Answer, d: Differences) => d.changed.length },
  removed: { title: "Removed", count: (_: Answer, d: Differences) => d.removed.length },
  hosts: { title: "By host", count: (a: Answer) => (a.hosts ?? []).length },
  without_before: { title: "Without a before", count: (a: Answer) => (a.without_before ?? []).length },
  without_after: { title: "Without an after", count: (a: Answer) => (a.without_after ?? []).length },
};
export type DiffTab = keyof typeof diffTabs;

const host: Column<HostOf> = { id: "/host", title: "Host", width: 180, pinned: true, value: nameOf, cell: (e) => <HostLink host={e} />, pivots: false };
const client: Column<HostOf> = { id: "/client", title: "Client", width: 190, value: (e) => e.client_id || undefined, pivots: false };
const rows: Column<Entry> = { id: "/rows", title: "Rows", width: 70, align: "right", value: (e) => e.rows, pivots: false };
const sums: Column<HostSum>[] = [
  { ...host, grow: true },
  client,
  { id: "added", title: "Added", width: 90, align: "right", value: (h) => h.added, pivots: false },
  { id: "changed", title: "Changed", width: 90, align: "right", value: (h) => h.changed, pivots: false },
  { id: "removed", title: "Removed", width: 90, align: "right", value: (h) => h.removed, pivots: false },
];

const keyColumns = (key: string[]): Column<Entry>[] => key.map((name, i) => ({ id: name, title: name, width: 220, grow: true, value: (e) => e.key[i] }));

function hostsColumn(title: string, fleet: number): Column<Entry> {
  return {
    id: "/hosts", title, width: 110, align: "right", value: (e) => e.hosts, pivots: false,
    cell: (e) => <span className={e.hosts === 1 && fleet > 1 ? styles.rare : undefined}>{count(e.hosts)}</span>,
  };
}

function side(id: "before" | "after", title: string): Column<Change> {
  return {
    id: "/" + id, title, width: 220, grow: true, value: (e) => (e[id].length === 1 ? e[id][0] : valuesText(e[id])),
    cell: (e) => (e[id].length === 0 ? <span className={styles.none}>not there</span> : <span className={styles[id]}>{e[id].length === 1 ? <Value value={e[id][0]} /> : <Value value={valuesText(e[id])} />}</span>),
  };
}

type Props = { tab: DiffTab; answer: Answer; differences: Differences; artifact: string; openHost: (host: HostSum) => void };

/** One of the tables of a diff. */
export function DiffGrids({ tab, answer, differences, artifact, openHost }: Props) {
  const pivots = usePivots();
  const fleet = differences.hosts.length;
  const key = (answer.key ?? []).join("\n");
  const columns = useMemo(() => {
    const keys = key === "" ? [] : keyColumns(key.split("\n"));
    return {
      added: [host, ...keys, rows, hostsColumn("Hosts of fleet", fleet)],
      removed: [host, ...keys, rows, hostsColumn("Hosts", fleet)],
      changed: [host, ...keys, { id: "/column", title: "Column", width: 150, value: (e: Change) => e.column, pivots: false }, side("before", "Before"), side("after", "After"), rows, hostsColumn("Hosts", fleet)] as Column<Change>[],
    };
  }, [key, fleet]);
  const name = "diff." + artifact;
  switch (tab) {
    case "added":
      return <Grid name={name} label="added" columns={columns.added} rows={differences.added} cellActions={pivots} empty={<Empty title="Nothing was added">No host has anything after that it did not have before.</Empty>} />;
    case "removed":
      return <Grid name={name} label="removed" columns={columns.removed} rows={differences.removed} cellActions={pivots} empty={<Empty title="Nothing is gone">Every host still has what it had before.</Empty>} />;
    case "changed":
      return <Grid name={name + ".changed"} label="changed columns" columns={columns.changed} rows={differences.changed} cellActions={pivots} empty={<Empty title="Nothing has changed">Rows of the same key have the same columns; times and counters are not compared.</Empty>} />;
    case "hosts":
      return <Grid name="diff.hosts" label="hosts that differ" columns={sums} rows={differences.hosts} onOpen={openHost} empty={<Empty title="No host differs">{count(answer.unchanged)} have both sides, and they are the same.</Empty>} />;
    case "without_before":
      return <Grid name="diff.without" label="hosts without a before" columns={[{ ...host, grow: true }, client]} rows={answer.without_before ?? []} empty={<Empty title="Every host has a before" />} />;
    case "without_after":
      return <Grid name="diff.without" label="hosts without an after" columns={[{ ...host, grow: true }, client]} rows={answer.without_after ?? []} empty={<Empty title="Every host has an after" />} />;
  }
}
