import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask, type Schemas } from "../api/client";
import { Empty } from "../components/Empty";
import { Filter } from "../components/Filter";
import { Grid } from "../components/grid/Grid";
import type { Action, Column } from "../components/grid/types";
import { Page } from "../components/Page";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { type Question, questionWords } from "../lib/saved";
import { ChangeSaved, type Change } from "./saved/ChangeSaved";

type SavedHunt = Schemas["SavedHunt"];

const columns: Column<SavedHunt>[] = [
  {
    id: "name", title: "Name", width: 260, grow: true, pinned: true, value: (h) => h.name, pivots: false,
    cell: (h) => (
      <Link to="/saved/$savedHuntId" params={{ savedHuntId: h.id }}>
        <Text value={h.name} />
      </Link>
    ),
  },
  { id: "kind", title: "Asks", width: 90, value: (h) => h.kind, pivots: false },
  { id: "question", title: "Question", width: 380, grow: true, value: (h) => questionWords(h.kind, h.question as Question), pivots: false },
  { id: "last_run", title: "Last run", width: 196, value: (h) => h.last_run, cell: (h) => <Time at={h.last_run} />, pivots: false },
  { id: "created_at", title: "Saved", width: 196, value: (h) => h.created_at, cell: (h) => <Time at={h.created_at} />, pivots: false },
];

/** Questions that were kept to be asked again. */
export function Saved() {
  const [name, setName] = useState("");
  const [change, setChange] = useState<Change | undefined>();
  const navigate = useNavigate();
  const { data, error, isFetching, refetch } = useQuery({ queryKey: ["saved"], queryFn: ({ signal }) => ask(api.GET("/api/hunt/saved", { signal })) });
  const rows = (data ?? []).filter((h) => h.name.toLowerCase().includes(name.toLowerCase()));
  const open = (h: SavedHunt, run?: string) => void navigate({ to: "/saved/$savedHuntId", params: { savedHuntId: h.id }, search: run ? { run } : {} });
  const actions = (h: SavedHunt): Action[] => [
    { label: "Run it", icon: "hunt", keys: "r", run: () => open(h, "1") },
    { label: "Rename", icon: "more", keys: "e", run: () => setChange({ what: "rename", hunt: h }) },
    { label: "Delete", icon: "close", keys: "d", run: () => setChange({ what: "delete", hunt: h }) },
  ];
  return (
    <Page title="Saved hunts" flush tools={<Filter label="Name" main value={name} set={setName} />}>
      <Grid
        name="saved"
        label="saved hunts"
        columns={columns}
        rows={rows}
        more={{ has: false, loading: isFetching, error, load: () => void refetch() }}
        onOpen={(h) => open(h)}
        cellActions={actions}
        empty={
          name ? (
            <Empty title="No saved hunt has this in its name" />
          ) : (
            <Empty title="No hunt is saved yet">
              Ask something, in an <Link to="/artifacts">artifact</Link>, a <Link to="/sweep">sweep</Link>, a <Link to="/diff">diff</Link> or a host's timeline, and press Save. Run again, it tells
              what is new and what is gone.
            </Empty>
          )
        }
      />
      {change && <ChangeSaved change={change} close={() => setChange(undefined)} />}
    </Page>
  );
}
