import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { api, ask } from "../api/client";
import { CollectionGrid } from "../components/CollectionGrid";
import { Empty } from "../components/Empty";
import { Facts, Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { SightingGrid } from "../components/SightingGrid";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { nameOf } from "../lib/hosts";
import styles from "./host.module.css";

const Timeline = lazy(() => import("./host/Timeline").then((m) => ({ default: m.Timeline })));

const route = getRouteApi("/hosts/$hostId");

/** One host: what is known of it, and what was collected from it. */
export function HostPage() {
  const { hostId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/hosts/$hostId" });
  const tab = search.tab === "timeline" || search.tab === "sightings" ? search.tab : "collections";
  const { data: host, error, refetch } = useQuery({
    queryKey: ["host", hostId],
    queryFn: () => ask(api.GET("/api/hosts/{host_id}", { params: { path: { host_id: hostId } } })),
  });
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!host) return null;
  const metadata = Object.entries(host.host_metadata ?? {});
  return (
    <Page title={<Text value={nameOf(host)} />} flush>
      <div className={styles.facts}>
        <Facts
          facts={[
            ["Client", host.client_id],
            ["Address", <Text value={host.ip_address ?? ""} />],
            ["System", <Text value={[host.os, host.release, host.architecture].filter(Boolean).join(" ")} />],
            ["FQDN", host.fqdn && <Text value={host.fqdn} />],
            ["MAC addresses", (host.mac_addresses ?? []).join(", ")],
            ["Labels", (host.labels ?? []).length > 0 && <Text value={host.labels!.join(", ")} />],
            ["First seen", <Time at={host.first_seen} />],
            ["Last seen", <Time at={host.last_seen} />],
          ]}
        />
        {metadata.length > 0 && (
          <details>
            <summary>{metadata.length} facts of its inventory</summary>
            <Facts facts={metadata.map(([name, value]) => [name, <Text value={typeof value === "string" ? value : JSON.stringify(value)} />])} />
          </details>
        )}
      </div>
      <Tabs value={tab} onChange={(next) => void navigate({ search: next && next !== "collections" ? { tab: next } : {}, replace: true })}>
        <Tabs.List>
          <Tabs.Tab value="collections">Collections</Tabs.Tab>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="sightings">Sightings</Tabs.Tab>
        </Tabs.List>
      </Tabs>
      {tab === "timeline" ? (
        <Suspense>
          <Timeline hostId={hostId} search={search} />
        </Suspense>
      ) : tab === "sightings" ? (
        <SightingGrid
          filter={{ host_id: hostId }}
          empty={
            <Empty title="Nothing was sighted on this host">
              What <Link to="/watchlists">watchlists</Link> have is looked for in everything that comes from it.
            </Empty>
          }
        />
      ) : (
        <CollectionGrid filter={{ host_id: hostId }} />
      )}
    </Page>
  );
}
