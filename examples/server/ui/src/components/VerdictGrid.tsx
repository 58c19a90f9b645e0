import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, askPage, type Schemas } from "../api/client";
import { useList } from "../api/lists";
import { Grid } from "./grid/Grid";
import type { Column } from "./grid/types";
import { Text } from "./Text";
import { Time } from "./Time";
import { Value } from "./Value";
import { VerdictBadge, type VerdictName } from "./VerdictBadge";

type Verdict = Schemas["Verdict"];

const columns: Column<Verdict>[] = [
  { id: "fetched_at", title: "Looked up", width: 196, value: (v) => v.fetched_at, cell: (v) => <Time at={v.fetched_at} /> },
  { id: "verdict", title: "Verdict", width: 100, value: (v) => v.verdict, cell: (v) => <VerdictBadge verdict={v.verdict} /> },
  {
    id: "hash", title: "File", width: 300, grow: true, value: (v) => v.hash,
    cell: (v) => (
      <Link to="/virustotal" search={{ hash: v.hash }}>
        <Value value={v.hash} />
      </Link>
    ),
  },
  { id: "name", title: "Name", width: 160, grow: true, value: (v) => v.meaningful_name || undefined },
  { id: "threat_label", title: "Threat", width: 170, value: (v) => v.threat_label || undefined },
  { id: "message", title: "Engines", width: 280, grow: true, value: (v) => v.message, cell: (v) => <Text value={v.message} /> },
];

/** What is kept of the files that were looked up, the newest first. */
export function VerdictGrid({ verdict, empty }: { verdict: VerdictName | undefined; empty: ReactNode }) {
  const navigate = useNavigate();
  const filter = verdict ? { verdict } : {};
  const { rows, more } = useList(["verdicts", filter], (cursor, signal) =>
    askPage(api.GET("/api/vt/verdicts", { params: { query: { ...filter, limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  return (
    <Grid name="verdicts" label="files" columns={columns} rows={rows} more={more} onOpen={(v) => void navigate({ to: "/virustotal", search: { hash: v.hash } })} empty={empty} />
  );
}
