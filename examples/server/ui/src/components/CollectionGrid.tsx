import { Link, useNavigate } from "@tanstack/react-router";
import { api, askPage, type Schemas } from "../api/client";
import { useList } from "../api/lists";
import { nameOf } from "../lib/hosts";
import { Empty } from "./Empty";
import { Grid } from "./grid/Grid";
import type { Column } from "./grid/types";
import { Status } from "./Status";
import { Text } from "./Text";
import { Time } from "./Time";

type Collection = Schemas["Collection"];
export type CollectionFilter = { host_id?: string; artifact?: string; flow_id?: string; hunt_id?: string };

const stored = (c: Collection) => (c.artifacts ?? []).reduce((sum, a) => sum + a.stored, 0);

const columns: Column<Collection>[] = [
  { id: "ingested_at", title: "Ingested", width: 196, value: (c) => c.ingested_at, cell: (c) => <Time at={c.ingested_at} /> },
  {
    id: "hostname",
    title: "Host",
    width: 180,
    value: nameOf,
    cell: (c) => (
      <Link to="/hosts/$hostId" params={{ hostId: c.host_id }}>
        <Text value={nameOf(c)} />
      </Link>
    ),
  },
  {
    id: "flow_id",
    title: "Flow",
    width: 170,
    value: (c) => c.flow_id,
    cell: (c) => (
      <Link to="/collections/$collectionId" params={{ collectionId: c.id }}>
        <Text value={c.flow_id || "open"} />
      </Link>
    ),
  },
  { id: "hunt_id", title: "Hunt", width: 150, value: (c) => c.hunt_id || undefined },
  { id: "status", title: "Status", width: 90, value: (c) => c.status, cell: (c) => <Status status={c.status} /> },
  { id: "rows", title: "Rows", width: 80, align: "right", value: stored },
  { id: "expected", title: "Expected", width: 80, align: "right", value: (c) => c.expected_rows ?? undefined },
  { id: "artifacts", title: "Artifacts", width: 280, grow: true, value: (c) => (c.artifacts ?? []).map((a) => a.artifact).join(", ") },
  { id: "collected_at", title: "Collected", width: 196, hidden: true, value: (c) => c.collected_at, cell: (c) => <Time at={c.collected_at} /> },
  { id: "client_id", title: "Client", width: 190, hidden: true, value: (c) => c.client_id || undefined },
];

const ofAHost = columns.filter((c) => c.id !== "hostname");

/** Collections that fit a filter, the newest first. */
export function CollectionGrid({ filter }: { filter: CollectionFilter }) {
  const navigate = useNavigate();
  const { rows, more } = useList(["collections", filter], (cursor, signal) =>
    askPage(api.GET("/api/collections", { params: { query: { ...filter, limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  return (
    <Grid
      name="collections"
      label="collections"
      columns={filter.host_id === undefined ? columns : ofAHost}
      rows={rows}
      more={more}
      onOpen={(c) => void navigate({ to: "/collections/$collectionId", params: { collectionId: c.id } })}
      empty={
        Object.keys(filter).length > 0 ? (
          <Empty title="No collection fits">Take a filter away.</Empty>
        ) : (
          <Empty title="No collections yet">
            <Link to="/ingest">Bring something in</Link>.
          </Empty>
        )
      }
    />
  );
}
