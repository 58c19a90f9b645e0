import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { api, ask } from "../api/client";
import { type Question, useSearch } from "../api/search";
import { Account } from "../components/Account";
import { Facts, Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { RowGrid } from "../components/RowGrid";
import { Status } from "../components/Status";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { count } from "../lib/format";
import { nameOf } from "../lib/hosts";
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
  return (
    <Page title={<Text value={`${collection.flow_id || "Collection"} on ${nameOf(collection)}`} />} flush tools={<Status status={collection.status} />}>
      <div className={styles.facts}>
        <Facts
          facts={[
            [
              "Host",
              <Link to="/hosts/$hostId" params={{ hostId: collection.host_id }}>
                <Text value={nameOf(collection)} />
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
      {artifact && <CollectionRows key={artifact} collection={collectionId} artifact={artifact} />}
    </Page>
  );
}

function CollectionRows({ collection, artifact }: { collection: string; artifact: string }) {
  const question: Question = { collections: [collection], artifacts: [artifact], order: "stored" };
  return <RowGrid name={artifact} question={question} found={useSearch(question)} />;
}
