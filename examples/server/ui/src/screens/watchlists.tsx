import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useWatchlists, type Watchlist } from "../api/watchlists";
import { Badge } from "../components/Badge";
import { Empty } from "../components/Empty";
import { Filter } from "../components/Filter";
import { Grid } from "../components/grid/Grid";
import type { Column } from "../components/grid/types";
import { Icon } from "../components/icons";
import { Page } from "../components/Page";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { useKeys } from "../lib/keys";
import { WatchlistForm } from "./watchlists/WatchlistForm";

const columns: Column<Watchlist>[] = [
  {
    id: "name", title: "Name", width: 240, grow: true, pinned: true, value: (w) => w.name, pivots: false,
    cell: (w) => (
      <Link to="/watchlists/$watchlistId" params={{ watchlistId: w.id }}>
        <Text value={w.name} />
      </Link>
    ),
  },
  { id: "sightings", title: "Sightings", width: 100, align: "right", value: (w) => w.sightings, pivots: false },
  { id: "indicators", title: "Indicators", width: 100, align: "right", value: (w) => w.indicators, pivots: false },
  { id: "invalid", title: "Unreadable", width: 100, align: "right", value: (w) => w.invalid, pivots: false },
  {
    id: "matched_at", title: "Matched with all", width: 196, value: (w) => w.matched_at, pivots: false,
    cell: (w) => (w.matched_at ? <Time at={w.matched_at} /> : <Badge tone="plain">being matched</Badge>),
  },
  { id: "changed_at", title: "Changed", width: 196, value: (w) => w.changed_at, cell: (w) => <Time at={w.changed_at} />, pivots: false },
  { id: "created_at", title: "Made", width: 196, hidden: true, value: (w) => w.created_at, cell: (w) => <Time at={w.created_at} />, pivots: false },
];

/** Lists of indicators that are watched for. */
export function Watchlists() {
  const [name, setName] = useState("");
  const [making, setMaking] = useState(false);
  const navigate = useNavigate();
  const { data, error, isFetching, refetch } = useWatchlists();
  const rows = (data ?? []).filter((w) => w.name.toLowerCase().includes(name.toLowerCase()));
  useKeys("Watchlists", [{ keys: "n", does: "A new watchlist", run: () => setMaking(true) }]);
  return (
    <Page
      title="Watchlists"
      flush
      tools={
        <>
          <Filter label="Name" main value={name} set={setName} />
          <Button leftSection={<Icon name="plus" />} onClick={() => setMaking(true)}>
            New
          </Button>
        </>
      }
    >
      <Grid
        name="watchlists"
        label="watchlists"
        columns={columns}
        rows={rows}
        more={{ has: false, loading: isFetching && !data, error, load: () => void refetch() }}
        onOpen={(w) => void navigate({ to: "/watchlists/$watchlistId", params: { watchlistId: w.id } })}
        empty={
          name ? (
            <Empty title="No watchlist has this in its name" />
          ) : (
            <Empty title="Nothing is watched for yet">
              Press n and paste indicators. Whatever has one, now or when it comes in, is <Link to="/sightings">sighted</Link>.
            </Empty>
          )
        }
      />
      {making && <WatchlistForm close={() => setMaking(false)} />}
    </Page>
  );
}
