import { Button, Loader, Select, Tabs } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { api, ask, askExact, type Schemas } from "../api/client";
import { useCollections } from "../api/collections";
import { Empty } from "../components/Empty";
import { Icon } from "../components/icons";
import { Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { mistakeIn, QueryBar } from "../components/QueryBar";
import { SaveHunt } from "../components/SaveHunt";
import { Scanned } from "../components/Scanned";
import { Text } from "../components/Text";
import { TextsField } from "../components/TextsField";
import { changed } from "../lib/change";
import { differencesOf } from "../lib/diff";
import { count, counted } from "../lib/format";
import { nameOf } from "../lib/hosts";
import { useKeys } from "../lib/keys";
import { readSide, usualSides, writeSide } from "../lib/sides";
import { plain } from "../lib/text";
import { DiffGrids, diffTabs, type DiffTab } from "./diff/grids";
import { SideField } from "./diff/SideField";
import styles from "./diff.module.css";

const route = getRouteApi("/diff");

/** What has changed on each host between two collections of an artifact. */
export function Diff() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/diff" });
  const queries = useQueryClient();
  const { artifact } = search;
  const put = (change: { [name in keyof typeof search]: (typeof search)[name] | undefined }) => void navigate({ search: (old) => changed(old, change), replace: true });
  const artifacts = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const about = useQuery({
    queryKey: ["artifact", artifact],
    queryFn: ({ signal }) => ask(api.GET("/api/artifacts/{artifact}", { params: { path: { artifact: artifact! }, query: { top: 0 } }, signal })),
    enabled: artifact !== undefined,
  });
  const collections = useCollections({ artifact: artifact ?? "" }, artifact !== undefined);
  const usual = useMemo(() => usualSides(collections.data ?? []), [collections.data]);
  const before = readSide(search.before) ?? usual?.before;
  const after = readSide(search.after) ?? usual?.after;
  const key = search.key ?? about.data?.diff_key ?? [];
  const { hosts, labels, query } = search;
  const body =
    artifact && before && after && key.length > 0
      ? { artifact, key, before, after, ...(hosts && { hosts }), ...(labels && { labels }), ...(query && { query }) }
      : undefined;
  const answer = useQuery({
    queryKey: ["diff", body],
    queryFn: async ({ signal }) => (await askExact<Schemas["DiffAnswer"]>(api.POST("/api/hunt/diff", { body: body!, parseAs: "text", signal }))).data,
    enabled: body !== undefined,
    staleTime: Infinity,
    retry: false,
  });
  const found = body && answer.data;
  const differences = useMemo(() => (found ? differencesOf(found, search.host) : undefined), [found, search.host]);
  const tab: DiffTab = search.view && search.view in diffTabs ? (search.view as DiffTab) : "added";
  useKeys("Diff", [{ keys: "mod+Enter", does: "Ask again", run: () => void answer.refetch() }]);
  const only = search.host && found?.hosts?.find((h) => h.host_id === search.host);
  return (
    <Page title="Diff" flush tools={<SaveHunt kind="diff" question={body} />}>
      <div className={styles.ask}>
        <div className={styles.line}>
          <Select
            data-search
            aria-label="Artifact"
            placeholder="Choose an artifact"
            data={(artifacts.data ?? []).map((a) => ({ value: a.artifact, label: plain(a.artifact) }))}
            value={artifact ?? null}
            onChange={(next) => put({ artifact: next ?? undefined, key: undefined, before: undefined, after: undefined, host: undefined, query: undefined })}
            searchable
            className={styles.artifact!}
          />
          <span className={styles.label}>Key</span>
          <div className={styles.grow}>
            <TextsField label="Key: the columns that tell what a row is about" value={key} set={(next) => put({ key: next })} known={(about.data?.columns ?? []).map((c) => c.name)} />
          </div>
        </div>
        {artifact && (
          <>
            <div className={styles.line}>
              <SideField key={"before" + artifact} label="Before" side={before} set={(side) => put({ before: side && writeSide(side) })} collections={collections.data ?? []} />
              <Button
                variant="default"
                aria-label="Swap before and after"
                title="Swap before and after"
                disabled={!before || !after}
                onClick={() => put({ before: writeSide(after!), after: writeSide(before!) })}
              >
                Swap
              </Button>
              <SideField key={"after" + artifact} label="After" side={after} set={(side) => put({ after: side && writeSide(side) })} collections={collections.data ?? []} />
            </div>
            <div className={styles.line}>
              <div className={styles.grow}>
                <QueryBar value={query ?? ""} set={(next) => put({ query: next || undefined })} scope={{ artifacts: [artifact] }} mistake={mistakeIn(answer.error)} placeholder="Which rows are compared; all where nothing is said" />
              </div>
              <TextsField label="All hosts" value={hosts} set={(next) => put({ hosts: next })} known={[...new Set((collections.data ?? []).map(nameOf))]} />
              <TextsField label="Any label" value={labels} set={(next) => put({ labels: next })} />
            </div>
          </>
        )}
        {(found || answer.isFetching) && (
          <div className={styles.outcome} role="status">
            {answer.isFetching && (
              <Button variant="default" leftSection={<Loader size={12} />} onClick={() => void queries.cancelQueries({ queryKey: ["diff", body] })}>
                Cancel
              </Button>
            )}
            {found && (
              <>
                <span>
                  <b>{counted((found.hosts ?? []).length, "host differs", "hosts differ")}</b>, {count(found.unchanged)} unchanged
                </span>
                <Scanned account={found} />
                {only && (
                  <Button variant="light" rightSection={<Icon name="close" size={12} />} onClick={() => put({ host: undefined })}>
                    Only <Text value={" " + nameOf(only)} />
                  </Button>
                )}
              </>
            )}
          </div>
        )}
        {!mistakeIn(answer.error) && <ProblemNote error={body ? answer.error : (about.error ?? collections.error)} retry={() => void answer.refetch()} />}
      </div>
      {found && differences ? (
        <>
          <Tabs value={tab} onChange={(view) => put({ view: view ?? undefined })}>
            <Tabs.List className={styles.tabs!}>
              {(Object.keys(diffTabs) as DiffTab[]).map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {diffTabs[name].title} <small>{count(diffTabs[name].count(found, differences))}</small>
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </Tabs>
          <DiffGrids tab={tab} answer={found} differences={differences} artifact={found.key ? artifact! : ""} openHost={(h) => put({ host: h.host_id, view: "added" })} />
        </>
      ) : (
        !answer.isFetching && !answer.error && <Missing artifact={artifact} known={about.isSuccess && collections.isSuccess} key_={key.length > 0} sides={before !== undefined && after !== undefined} />
      )}
    </Page>
  );
}

/** Says what a diff still lacks. */
function Missing({ artifact, known, key_, sides }: { artifact: string | undefined; known: boolean; key_: boolean; sides: boolean }) {
  if (!artifact)
    return (
      <Empty title="What has changed?">
        Choose an artifact above that was collected at least twice. What was <Link to="/collections">collected</Link> by two hunts is compared at once.
      </Empty>
    );
  if (!known) return null;
  if (!key_) return <Empty title="Choose the key">The columns that tell what a row is about, such as the name and the path of a program. This artifact has no usual one.</Empty>;
  if (!sides) return <Empty title="Choose what to compare">It takes two hunts, collections or spans of time; what is there of this artifact was collected only once.</Empty>;
  return <Empty title="The comparison was cancelled">Press ⌘↵ to ask again.</Empty>;
}
