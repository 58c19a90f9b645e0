import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { api, askPage, type Schemas } from "../api/client";
import { useList } from "../api/lists";
import { Empty } from "../components/Empty";
import { Filter } from "../components/Filter";
import { Grid } from "../components/grid/Grid";
import type { Column } from "../components/grid/types";
import { Page } from "../components/Page";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { nameOf } from "../lib/hosts";

type Host = Schemas["Host"];

const columns: Column<Host>[] = [
  {
    id: "hostname",
    title: "Host",
    width: 200,
    grow: true,
    pinned: true,
    value: nameOf,
    cell: (h) => (
      <Link to="/hosts/$hostId" params={{ hostId: h.id }}>
        <Text value={nameOf(h)} />
      </Link>
    ),
  },
  { id: "client_id", title: "Client", width: 190, value: (h) => h.client_id || undefined },
  { id: "ip_address", title: "Address", width: 130, value: (h) => h.ip_address || undefined },
  { id: "os", title: "System", width: 90, value: (h) => h.os || undefined },
  { id: "release", title: "Release", width: 150, value: (h) => h.release || undefined },
  { id: "labels", title: "Labels", width: 150, value: (h) => (h.labels ?? []).join(", ") || undefined },
  { id: "last_seen", title: "Last seen", width: 196, value: (h) => h.last_seen, cell: (h) => <Time at={h.last_seen} /> },
  { id: "first_seen", title: "First seen", width: 196, hidden: true, value: (h) => h.first_seen, cell: (h) => <Time at={h.first_seen} /> },
  { id: "fqdn", title: "FQDN", width: 180, hidden: true, value: (h) => h.fqdn || undefined },
  { id: "architecture", title: "Architecture", width: 110, hidden: true, value: (h) => h.architecture || undefined },
  { id: "mac_addresses", title: "MAC addresses", width: 180, hidden: true, value: (h) => (h.mac_addresses ?? []).join(", ") || undefined },
];

const route = getRouteApi("/hosts");

/** All hosts of the tenant. */
export function Hosts() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/hosts" });
  const { rows, more } = useList(["hosts", search], (cursor, signal) =>
    askPage(api.GET("/api/hosts", { params: { query: { ...search, limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  const filter = (name: keyof typeof search, label: string, main = false) => (
    <Filter label={label} main={main} value={search[name]} set={(value) => void navigate({ search: (old) => ({ ...old, [name]: value || undefined }), replace: true })} />
  );
  const filtered = Object.keys(search).length > 0;
  return (
    <Page
      title="Hosts"
      flush
      tools={
        <>
          {filter("name", "Name", true)}
          {filter("os", "System")}
          {filter("ip_address", "Address")}
          {filter("label", "Label")}
        </>
      }
    >
      <Grid
        name="hosts"
        label="hosts"
        columns={columns}
        rows={rows}
        more={more}
        onOpen={(h) => void navigate({ to: "/hosts/$hostId", params: { hostId: h.id } })}
        empty={
          filtered ? (
            <Empty title="No host fits">Take a filter away, or make it shorter.</Empty>
          ) : (
            <Empty title="No hosts yet">
              They come with what is ingested: <Link to="/ingest">bring something in</Link>.
            </Empty>
          )
        }
      />
    </Page>
  );
}
