import { api, askPage, type Schemas } from "../../api/client";
import { useList } from "../../api/lists";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { Time } from "../../components/Time";

type AuditEvent = Schemas["AuditEvent"];

const columns: Column<AuditEvent>[] = [
  { id: "at", title: "When", width: 200, value: (e) => e.at, cell: (e) => <Time at={e.at} /> },
  { id: "action", title: "What", width: 160, value: (e) => e.action },
  { id: "actor", title: "Who", width: 140, value: (e) => e.actor || undefined },
  { id: "target", title: "On what", width: 260, value: (e) => e.target || undefined },
  { id: "detail", title: "Detail", width: 260, grow: true, value: (e) => e.detail || undefined },
  { id: "address", title: "From", width: 130, value: (e) => e.address || undefined },
  { id: "request_id", title: "Request", width: 280, hidden: true, value: (e) => e.request_id || undefined },
];

/** Who did what in the tenant. */
export function Audit() {
  const { rows, more } = useList(["audit"], (cursor, signal) =>
    askPage(api.GET("/api/audit", { params: { query: { limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  return <Grid name="audit" label="events" columns={columns} rows={rows} more={more} />;
}
