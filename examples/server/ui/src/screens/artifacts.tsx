import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, ask, type Schemas } from "../api/client";
import { Empty } from "../components/Empty";
import { Filter } from "../components/Filter";
import { Grid } from "../components/grid/Grid";
import type { Column } from "../components/grid/types";
import { Page } from "../components/Page";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { count } from "../lib/format";

type Artifact = Schemas["Artifact"];

const columns: Column<Artifact>[] = [
  {
    id: "artifact",
    title: "Artifact",
    width: 280,
    grow: true,
    value: (a) => a.artifact,
    cell: (a) => (
      <Link to="/artifacts/$artifact" params={{ artifact: a.artifact }}>
        <Text value={a.artifact} />
      </Link>
    ),
  },
  { id: "rows", title: "Rows", width: 110, align: "right", value: (a) => a.rows, cell: (a) => count(a.rows) },
  { id: "hosts", title: "Hosts", width: 80, align: "right", value: (a) => a.hosts, cell: (a) => count(a.hosts) },
  { id: "first_seen", title: "First seen", width: 196, value: (a) => a.first_seen, cell: (a) => <Time at={a.first_seen} /> },
  { id: "last_seen", title: "Last seen", width: 196, value: (a) => a.last_seen, cell: (a) => <Time at={a.last_seen} /> },
];

/** Every artifact that anything was collected of. */
export function Artifacts() {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const { data, error, isFetching, refetch } = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const rows = (data ?? []).filter((a) => a.artifact.toLowerCase().includes(name.toLowerCase()));
  return (
    <Page title="Artifacts" flush tools={<Filter label="Name" main value={name} set={setName} />}>
      <Grid
        name="artifacts"
        label="artifacts"
        columns={columns}
        rows={rows}
        more={{ has: false, loading: isFetching, error, load: () => void refetch() }}
        onOpen={(a) => void navigate({ to: "/artifacts/$artifact", params: { artifact: a.artifact } })}
        empty={
          name ? (
            <Empty title="No artifact has this in its name" />
          ) : (
            <Empty title="No artifacts yet">
              <Link to="/ingest">Bring something in</Link>.
            </Empty>
          )
        }
      />
    </Page>
  );
}
