import { Button, Tabs } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask, askPage, type Schemas } from "../../api/client";
import { useList } from "../../api/lists";
import { useWatchlist } from "../../api/watchlists";
import { Badge } from "../../components/Badge";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { PivotLink } from "../../components/links";
import { NamedThing } from "../../components/NamedThing";
import { Facts, Page } from "../../components/Page";
import { usePivots } from "../../components/pivots";
import { ProblemNote } from "../../components/ProblemNote";
import { SightingGrid } from "../../components/SightingGrid";
import { Text } from "../../components/Text";
import { Time } from "../../components/Time";
import { changed } from "../../lib/change";
import { count } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { WatchlistForm } from "./WatchlistForm";
import styles from "../watchlists.module.css";

const route = getRouteApi("/watchlists/$watchlistId");
type Invalid = Schemas["InvalidPiece"];
type Watched = Schemas["WatchedIndicator"];

const line: Column<{ line: number }> = { id: "line", title: "Line", width: 70, align: "right", value: (i) => i.line, pivots: false };
const watched: Column<Watched>[] = [
  line,
  { id: "kind", title: "Kind", width: 100, value: (i) => i.kind, pivots: false },
  { id: "indicator", title: "Indicator", width: 360, grow: true, value: (i) => i.indicator, cell: (i) => <PivotLink value={i.indicator} /> },
  { id: "value", title: "Looked up as", width: 300, grow: true, value: (i) => i.value },
];
const invalid: Column<Invalid>[] = [
  line,
  { id: "text", title: "Text", width: 380, grow: true, value: (p) => p.text },
  { id: "reason", title: "Why it is no indicator", width: 380, grow: true, value: (p) => p.reason, pivots: false },
];

/** One watchlist: where its indicators were sighted, and what they are. */
export function WatchlistPage() {
  const { watchlistId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/watchlists/$watchlistId" });
  const [doing, setDoing] = useState<"rename" | "delete" | "replace" | undefined>();
  const { data: w, error, refetch } = useWatchlist(watchlistId);
  useKeys("Watchlist", [{ keys: "e", does: "Rename", run: () => setDoing("rename") }]);
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!w) return null;
  const tabs = { sightings: ["Sightings", w.sightings], indicators: ["Indicators", w.indicators], invalid: ["Unreadable", w.invalid] } as const;
  const tab = search.view && search.view in tabs ? (search.view as keyof typeof tabs) : "sightings";
  const close = () => setDoing(undefined);
  const path = { watchlist_id: w.id };
  return (
    <Page
      title={<Text value={w.name} />}
      flush
      tools={
        <>
          <Button variant="default" onClick={() => setDoing("replace")}>
            Other indicators
          </Button>
          <Button variant="default" onClick={() => setDoing("rename")}>
            Rename
          </Button>
          <Button variant="default" onClick={() => setDoing("delete")}>
            Delete
          </Button>
        </>
      }
    >
      <div className={styles.facts}>
        <Facts
          facts={[
            ["Made", <Time at={w.created_at} />],
            ["Changed", <Time at={w.changed_at} />],
            ["Matched with all that is stored", w.matched_at ? <Time at={w.matched_at} /> : <Badge tone="plain">being matched</Badge>],
          ]}
        />
        {!w.complete && (
          <p role="alert">
            <Badge tone="warn">Not complete</Badge> <Text value={w.reason ?? ""} />
          </p>
        )}
      </div>
      <Tabs value={tab} onChange={(view) => void navigate({ search: (old) => changed(old, { view: view ?? undefined }), replace: true })}>
        <Tabs.List>
          {Object.entries(tabs).map(([name, [title, n]]) => (
            <Tabs.Tab key={name} value={name}>
              {title} <small>{count(n)}</small>
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {tab === "sightings" && (
        <SightingGrid
          key={w.sightings}
          filter={{ watchlist_id: w.id }}
          empty={<Empty title="None of them was sighted">{w.matched_at ? "Nothing that is stored has one; what comes in is looked through too." : "What is stored is still being looked through."}</Empty>}
        />
      )}
      {tab === "indicators" && <Indicators key={w.changed_at} id={w.id} />}
      {tab === "invalid" && <Grid name="watchlist.invalid" label="unreadable lines" columns={invalid} rows={w.invalid_pieces ?? []} empty={<Empty title="Every line could be read" />} />}
      {doing === "replace" && <WatchlistForm replaces={w} close={close} />}
      {(doing === "rename" || doing === "delete") && (
        <NamedThing
          what={doing}
          thing="watchlist"
          name={w.name}
          loses="Its sightings will be gone with it."
          rename={(name) => ask(api.PUT("/api/watchlists/{watchlist_id}", { params: { path }, body: { name } }))}
          remove={() => ask(api.DELETE("/api/watchlists/{watchlist_id}", { params: { path } }))}
          stale={["watchlists"]}
          close={close}
          done={() => doing === "delete" && void navigate({ to: "/watchlists" })}
        />
      )}
    </Page>
  );
}

function Indicators({ id }: { id: string }) {
  const pivots = usePivots();
  const { rows, more } = useList(["indicators", id], (cursor, signal) =>
    askPage(api.GET("/api/watchlists/{watchlist_id}/indicators", { params: { path: { watchlist_id: id }, query: { limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  return <Grid name="watchlist.indicators" label="indicators" columns={watched} rows={rows} more={more} cellActions={pivots} />;
}
