import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, askPage } from "../api/client";
import { useList } from "../api/lists";
import { type Sighting, useWatchlists } from "../api/watchlists";
import { nameOf } from "../lib/hosts";
import { Grid } from "./grid/Grid";
import type { Column } from "./grid/types";
import { HostLink, PivotLink } from "./links";
import { usePivots } from "./pivots";
import { Text } from "./Text";
import { Time } from "./Time";

export type SightingFilter = { watchlist_id?: string; host_id?: string; indicator?: string; since?: string };

/** Where indicators of watchlists were found, the newest first. */
export function SightingGrid({ filter, empty }: { filter: SightingFilter; empty: ReactNode }) {
  const pivots = usePivots();
  const names = new Map((useWatchlists().data ?? []).map((w) => [w.id, w.name]));
  const { rows, more } = useList(["sightings", filter], (cursor, signal) =>
    askPage(api.GET("/api/sightings", { params: { query: { ...filter, limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  const list: Column<Sighting> = {
    id: "watchlist", title: "Watchlist", width: 150, value: (s) => names.get(s.watchlist_id) ?? s.watchlist_id, pivots: false, hidden: filter.watchlist_id !== undefined,
    cell: (s) => (
      <Link to="/watchlists/$watchlistId" params={{ watchlistId: s.watchlist_id }}>
        <Text value={names.get(s.watchlist_id) ?? "…"} />
      </Link>
    ),
  };
  const host: Column<Sighting> = { id: "host", title: "Host", width: 170, value: nameOf, cell: (s) => <HostLink host={s} />, pivots: false, hidden: filter.host_id !== undefined };
  return <Grid name="sightings" label="sightings" columns={[...columns.slice(0, 3), list, host, ...columns.slice(3)]} rows={rows} more={more} cellActions={pivots} empty={empty} />;
}

const columns: Column<Sighting>[] = [
  { id: "sighted_at", title: "Sighted", width: 196, value: (s) => s.sighted_at, cell: (s) => <Time at={s.sighted_at} />, pivots: false },
  { id: "indicator", title: "Indicator", width: 200, grow: true, value: (s) => s.indicator, cell: (s) => <PivotLink value={s.indicator} /> },
  { id: "kind", title: "Kind", width: 80, value: (s) => s.kind, pivots: false },
  {
    id: "artifact", title: "Artifact", width: 200, grow: true, value: (s) => s.artifact, pivots: false,
    cell: (s) => (
      <Link to="/collections/$collectionId" params={{ collectionId: s.collection_id }} search={{ artifact: s.artifact }}>
        <Text value={s.artifact} />
      </Link>
    ),
  },
  { id: "rows", title: "Rows", width: 70, align: "right", value: (s) => s.rows, pivots: false },
  { id: "first_seen", title: "First seen", width: 196, value: (s) => s.first_seen, cell: (s) => <Time at={s.first_seen} />, pivots: false },
  { id: "last_seen", title: "Last seen", width: 196, hidden: true, value: (s) => s.last_seen, cell: (s) => <Time at={s.last_seen} />, pivots: false },
  { id: "client_id", title: "Client", width: 180, hidden: true, value: (s) => s.client_id || undefined, pivots: false },
];
