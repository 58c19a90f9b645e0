import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Schemas } from "../../api/client";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { HostLink, PivotLink, pivotTo } from "../../components/links";
import { usePivots } from "../../components/pivots";
import { Time } from "../../components/Time";
import { nameOf } from "../../lib/hosts";
import { byHost, byIndicator, type Hit, type HostHits, type IndicatorHits } from "../../lib/sweep";

type Answer = Schemas["SweepAnswer"];
type Missed = Schemas["Missed"];
type Invalid = Schemas["InvalidPiece"];

/** The ways to look at what a sweep found. */
export const sweepTabs = {
  indicators: { title: "By indicator", count: (a: Answer) => a.indicators - a.misses },
  hosts: { title: "By host", count: (a: Answer) => new Set((a.hits ?? []).map((h) => h.tenant_id + h.host_id)).size },
  hits: { title: "All hits", count: (a: Answer) => (a.hits ?? []).length },
  missed: { title: "Missed", count: (a: Answer) => a.misses },
  invalid: { title: "Unreadable", count: (a: Answer) => (a.invalid ?? []).length },
};
export type SweepTab = keyof typeof sweepTabs;

type Seen = { rows: number; first_seen: string; last_seen: string };
const seen: Column<Seen>[] = [
  { id: "rows", title: "Rows", width: 80, align: "right", value: (h) => h.rows, pivots: false },
  { id: "first_seen", title: "First seen", width: 196, value: (h) => h.first_seen, cell: (h) => <Time at={h.first_seen} />, pivots: false },
  { id: "last_seen", title: "Last seen", width: 196, value: (h) => h.last_seen, cell: (h) => <Time at={h.last_seen} />, pivots: false },
];
const indicator: Column<{ indicator: string }> = {
  id: "indicator", title: "Indicator", width: 220, grow: true, value: (h) => h.indicator, cell: (h) => <PivotLink value={h.indicator} />,
};
const host: Column<{ hostname: string; host_id: string; client_id: string }> = { id: "host", title: "Host", width: 190, value: nameOf, cell: (h) => <HostLink host={h} />, pivots: false };
const line: Column<{ line: number }> = { id: "line", title: "Line", width: 60, align: "right", value: (h) => h.line, pivots: false };
const kind: Column<{ kind: string }> = { id: "kind", title: "Kind", width: 90, value: (h) => h.kind, pivots: false };
const list = (all: string[]) => all.join(", ");

const ofIndicators: Column<IndicatorHits>[] = [
  indicator,
  kind,
  { id: "host_count", title: "Hosts", width: 70, align: "right", value: (h) => h.hosts.length, pivots: false },
  { id: "hosts", title: "Host names", width: 205, grow: true, value: (h) => list(h.hosts), pivots: false },
  { id: "artifacts", title: "Artifacts", width: 205, grow: true, value: (h) => list(h.artifacts), pivots: false },
  ...seen,
  { ...line, hidden: true },
  { id: "value", title: "Looked up as", width: 260, hidden: true, value: (h) => h.value },
];
const ofHosts: Column<HostHits>[] = [
  host,
  { id: "count", title: "Indicators", width: 90, align: "right", value: (h) => h.indicators.length, pivots: false },
  { id: "indicators", title: "Which", width: 300, grow: true, value: (h) => list(h.indicators), pivots: false },
  { id: "artifacts", title: "Artifacts", width: 200, grow: true, value: (h) => list(h.artifacts), pivots: false },
  ...seen,
  { id: "client_id", title: "Client", width: 180, hidden: true, value: (h) => h.client_id || undefined },
];
const ofHits: Column<Hit>[] = [indicator, kind, host, { id: "artifact", title: "Artifact", width: 240, grow: true, value: (h) => h.artifact, pivots: false }, ...seen, { ...line, hidden: true }];
const ofMissed: Column<Missed>[] = [line, kind, indicator];
const ofInvalid: Column<Invalid>[] = [
  line,
  { id: "text", title: "Text", width: 380, grow: true, value: (p) => p.text },
  { id: "reason", title: "Why it is no indicator", width: 380, grow: true, value: (p) => p.reason },
];

/** One of the tables of a sweep. */
export function SweepGrids({ tab, answer }: { tab: SweepTab; answer: Answer }) {
  const navigate = useNavigate();
  const hits = answer.hits ?? [];
  const indicators = useMemo(() => byIndicator(hits), [hits]);
  const hosts = useMemo(() => byHost(hits), [hits]);
  const pivot = (h: { indicator: string }) => void navigate(pivotTo(h.indicator));
  const pivots = usePivots();
  const nothing = (
    <Empty title="No host has any of them">
      All {answer.indicators} were looked for and missed. Look at a wider scope, or watch for them, to be told when one comes in.
    </Empty>
  );
  switch (tab) {
    case "indicators":
      return <Grid name="sweep.indicators" label="indicators" columns={ofIndicators} rows={indicators} onOpen={pivot} cellActions={pivots} empty={nothing} />;
    case "hosts":
      return (
        <Grid
          name="sweep.hosts"
          label="hosts"
          columns={ofHosts}
          rows={hosts}
          onOpen={(h) => void navigate({ to: "/hosts/$hostId", params: { hostId: h.host_id } })}
          empty={nothing}
        />
      );
    case "hits":
      return <Grid name="sweep.hits" label="hits" columns={ofHits} rows={hits} onOpen={pivot} cellActions={pivots} empty={nothing} />;
    case "missed":
      return <Grid name="sweep.missed" label="missed indicators" columns={ofMissed} rows={answer.missed ?? []} cellActions={pivots} empty={<Empty title="Nothing was missed">Every indicator is on some host.</Empty>} />;
    case "invalid":
      return <Grid name="sweep.invalid" label="unreadable lines" columns={ofInvalid} rows={answer.invalid ?? []} empty={<Empty title="Every line could be read" />} />;
  }
}
