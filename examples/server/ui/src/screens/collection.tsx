import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { api, ask } from "../api/client";
import { session } from "../api/session";
import { Account } from "../components/Account";
import { Facts, Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { RowGrid } from "../components/RowGrid";
import { Status } from "../components/Status";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { notice } from "../components/Notices";
import { apiURL } from "../lib/config";
import { save } from "../lib/export";
import { count } from "../lib/format";
import styles from "./collection.module.css";

const route = getRouteApi("/collections/$collectionId");

/** One collection: the account of its rows, and the rows. */
export function CollectionPage() {
  const { collectionId } = route.useParams();
  const { artifact: asked } = route.useSearch();
  const navigate = useNavigate();
  const { data: collection, error, refetch } = useQuery({
    queryKey: ["collection", collectionId],
    queryFn: () => ask(api.GET("/api/collections/{collection_id}", { params: { path: { collection_id: collectionId } } })),
  });
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!collection) return null;
  const artifacts = collection.artifacts ?? [];
  const artifact = asked ?? artifacts.find((a) => a.stored > 0)?.artifact ?? artifacts[0]?.artifact;
  const about = artifacts.find((a) => a.artifact === artifact);
  return (
    <Page title={<Text value={`${collection.flow_id || "Collection"} on ${collection.hostname}`} />} flush tools={<Status status={collection.status} />}>
      <div className={styles.facts}>
        <Facts
          facts={[
            [
              "Host",
              <Link to="/hosts/$hostId" params={{ hostId: collection.host_id }}>
                <Text value={collection.hostname} />
              </Link>,
            ],
            ["Hunt", collection.hunt_id && <Text value={collection.hunt_id} />],
            ["Collected", <Time at={collection.collected_at} />],
            ["Ingested", <Time at={collection.ingested_at} />],
          ]}
        />
        <details open={collection.status === "partial"}>
          <summary>The account of its rows</summary>
          <Account artifacts={artifacts} />
        </details>
      </div>
      <Tabs
        value={artifact ?? null}
        onChange={(next) => void navigate({ to: "/collections/$collectionId", params: { collectionId }, search: next ? { artifact: next } : {}, replace: true })}
      >
        <Tabs.List className={styles.tabs!}>
          {artifacts.map((a) => (
            <Tabs.Tab key={a.artifact} value={a.artifact}>
              <Text value={a.artifact} /> <small>{count(a.stored)}</small>
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {artifact && (
        <RowGrid
          key={artifact}
          artifact={artifact}
          collections={[collection]}
          total={about?.stored}
          withHost={false}
          wholeExports={[
            { label: "JSON Lines, exact", icon: "download", run: () => void exportWhole(collectionId, artifact).catch((e: Error) => notice(e.message)) },
          ]}
        />
      )}
    </Page>
  );
}

async function exportWhole(collection: string, artifact: string) {
  const address = `${apiURL}/api/collections/${collection}/rows?artifact=${encodeURIComponent(artifact)}`;
  const response = await session.fetch(new Request(address, { headers: { Accept: "application/x-ndjson" } }));
  if (!response.ok) throw new Error("The rows could not be exported: " + response.statusText);
  save(artifact + ".jsonl", "application/x-ndjson", await response.blob());
}
