import { Button, Loader, Tabs } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { api, ask, askExact, type Schemas } from "../../api/client";
import { Badge } from "../../components/Badge";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { Facts, Page } from "../../components/Page";
import { usePivots } from "../../components/pivots";
import { ProblemNote } from "../../components/ProblemNote";
import { Text } from "../../components/Text";
import { Time } from "../../components/Time";
import { changed } from "../../lib/change";
import { count } from "../../lib/format";
import { useKeys } from "../../lib/keys";
import { at, columnsOf, type Row } from "../../lib/rows";
import { entryRow, placeOf, type Question, questionWords } from "../../lib/saved";
import { type Change, ChangeSaved } from "./ChangeSaved";
import styles from "../saved.module.css";

const route = getRouteApi("/saved/$savedHuntId");
type Comparison = Schemas["Comparison"];
const tabs = { new: "New", gone: "Gone", changed: "Changed" };
type Tab = keyof typeof tabs;

/** One saved hunt: what it asks, and what has changed since it was last run. */
export function SavedHuntPage() {
  const { savedHuntId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/saved/$savedHuntId" });
  const queries = useQueryClient();
  const [change, setChange] = useState<Change | undefined>();
  const path = { saved_hunt_id: savedHuntId };
  const hunt = useQuery({ queryKey: ["saved", savedHuntId], queryFn: ({ signal }) => ask(api.GET("/api/hunt/saved/{saved_hunt_id}", { params: { path }, signal })) });
  const key = ["saved run", savedHuntId];
  // What a run said cannot be asked for again, so it is kept while the tenant is open.
  const run = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const { data } = await askExact<Comparison>(api.POST("/api/hunt/saved/{saved_hunt_id}/run", { params: { path }, parseAs: "text", signal }));
      void queries.invalidateQueries({ queryKey: ["saved"] });
      return data;
    },
    enabled: false,
    gcTime: Infinity,
    retry: false,
  });
  useEffect(() => {
    if (!search.run) return;
    void navigate({ search: (old) => changed(old, { run: undefined }), replace: true });
    void run.refetch();
  }, [search.run]);
  useKeys("Saved hunt", [
    { keys: "r", does: "Run it", run: () => void run.refetch() },
    { keys: "e", does: "Rename", run: () => hunt.data && setChange({ what: "rename", hunt: hunt.data }) },
  ]);
  if (hunt.error) return <ProblemNote error={hunt.error} retry={() => void hunt.refetch()} />;
  if (!hunt.data) return null;
  const { name, kind, last_run, created_at } = hunt.data;
  const question = hunt.data.question as Question;
  const place = placeOf(kind, question);
  const tab: Tab = search.view && search.view in tabs ? (search.view as Tab) : "new";
  const compared = run.data;
  return (
    <Page
      title={<Text value={name} />}
      flush
      tools={
        <>
          {run.isFetching ? (
            <Button variant="default" leftSection={<Loader size={12} />} onClick={() => void queries.cancelQueries({ queryKey: key })}>
              Cancel
            </Button>
          ) : (
            <Button onClick={() => void run.refetch()}>Run</Button>
          )}
          <Button component={Link} to={place.path as "/"} search={place.search as never} variant="default">
            Open
          </Button>
          <Button variant="default" onClick={() => setChange({ what: "rename", hunt: hunt.data })}>
            Rename
          </Button>
          <Button variant="default" onClick={() => setChange({ what: "delete", hunt: hunt.data })}>
            Delete
          </Button>
        </>
      }
    >
      <div className={styles.facts}>
        <Facts
          facts={[
            ["Asks", <><Badge tone="plain">{kind}</Badge> <Text value={questionWords(kind, question)} /></>],
            ["Saved", <Time at={created_at} />],
            ["Last run", last_run ? <Time at={last_run} /> : "never"],
          ]}
        />
        <ProblemNote error={run.error} retry={() => void run.refetch()} />
        {compared && <Outcome compared={compared} />}
      </div>
      {compared && compared.previous_at ? (
        <>
          <Tabs value={tab} onChange={(view) => void navigate({ search: (old) => changed(old, { view: view ?? undefined }), replace: true })}>
            <Tabs.List>
              {(Object.keys(tabs) as Tab[]).map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {tabs[name]} <small>{count((compared[name] ?? []).length)}</small>
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </Tabs>
          <Compared key={tab} tab={tab} compared={compared} question={question} name={name} />
        </>
      ) : (
        !run.isFetching && (
          <Empty title={compared ? "There was nothing to compare with" : "What has changed since the last run?"}>
            {compared ? (
              `It found ${count(compared.entries)} entries; the next run tells what is new and what is gone.`
            ) : (
              <>
                Press <kbd>r</kbd> to run it. What it finds is compared with what it found the last time.
              </>
            )}
          </Empty>
        )
      )}
      {change && <ChangeSaved change={change} close={() => setChange(undefined)} done={() => change.what === "delete" && void navigate({ to: "/saved" })} />}
    </Page>
  );
}

function Outcome({ compared: c }: { compared: Comparison }) {
  return (
    <p role="status" className={styles.outcome}>
      Run <Time at={c.ran_at} />: {count(c.entries)} entries
      {c.previous_at && (
        <>
          ; since <Time at={c.previous_at} /> <b>{count((c.new ?? []).length)} new</b>, {count((c.gone ?? []).length)} gone, {count((c.changed ?? []).length)} changed
        </>
      )}
      {!c.complete && (
        <span role="alert">
          {" "}
          <Badge tone="warn">Not complete</Badge> <Text value={c.reason ?? "There are more entries than are kept to compare."} />
        </span>
      )}
    </p>
  );
}

const field = (path: string): Column<Row> => ({ id: path, title: path, width: Math.max(110, Math.min(300, path.length * 8 + 110)), grow: true, value: (row) => at(row, path) });

function Compared({ tab, compared, question, name }: { tab: Tab; compared: Comparison; question: Question; name: string }) {
  const pivots = usePivots();
  const rows = useMemo(
    (): Row[] =>
      tab === "changed"
        ? (compared.changed ?? []).map((c) => ({ ...entryRow(c.entry, question), before: c.before, after: c.after }))
        : (compared[tab] ?? []).map((entry) => entryRow(entry, question)),
    [tab, compared, question],
  );
  const columns = useMemo(() => columnsOf(rows.slice(0, 5000)).map(field), [rows]);
  return <Grid name={`saved.${name}.${tab}`} label="entries" columns={columns} rows={rows} cellActions={pivots} empty={<Empty title={{ new: "Nothing is new", gone: "Nothing is gone", changed: "Nothing has changed" }[tab]} />} />;
}
