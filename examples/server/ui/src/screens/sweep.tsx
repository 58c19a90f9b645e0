import { Button, Loader, Tabs } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useSweep, type SweepQuestion } from "../api/sweep";
import { Empty } from "../components/Empty";
import { Icon } from "../components/icons";
import { hasList, ListField } from "../components/ListField";
import { Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { SaveHunt } from "../components/SaveHunt";
import { Scanned } from "../components/Scanned";
import { ScopeFields } from "../components/ScopeFields";
import { Text } from "../components/Text";
import { WatchlistForm } from "./watchlists/WatchlistForm";
import { SweepGrids, sweepTabs, type SweepTab } from "./sweep/grids";
import { changed } from "../lib/change";
import { count, counted } from "../lib/format";
import { useKeys } from "../lib/keys";
import { scopeOf, scopeWords } from "../lib/scope";
import styles from "./sweep.module.css";

const route = getRouteApi("/sweep");

/** The longest list that goes into the address, so that a link asks the same. */
const mostInAddress = 2000;

/** What was last in the field, asked or not, while other pages are looked at; it goes with the tenant's page. */
let draft: string | File | undefined;

/** Looks for a list of indicators everywhere at once. */
export function Sweep() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/sweep" });
  const { question, answer: found, running, error, start, cancel } = useSweep();
  const scope = scopeOf(search);
  const [list, setList] = useState<string | File>(search.list ?? draft ?? question?.list ?? "");
  useEffect(() => {
    draft = list;
  }, [list]);
  const [watching, setWatching] = useState(false);
  const ready = hasList(list);
  const run = (next: SweepQuestion = { list, scope }) => {
    if (!ready) return;
    const inAddress = typeof next.list === "string" && next.list.length <= mostInAddress ? next.list : undefined;
    void navigate({ search: (old) => changed(old, { list: inAddress, view: undefined }), replace: true });
    void start(next);
  };
  useEffect(() => {
    // A link that somebody sent asks at once; coming back finds what was asked.
    if (search.list && JSON.stringify(question) !== JSON.stringify({ list: search.list, scope })) run();
  }, []);
  useKeys("Sweep", [{ keys: "mod+Enter", does: "Sweep", run: () => run() }]);
  const tab: SweepTab = search.view && search.view in sweepTabs ? (search.view as SweepTab) : "indicators";
  return (
    <Page title="Sweep" flush>
      <div className={styles.ask}>
        <ListField
          list={list}
          set={setList}
          rows={found ? 4 : 7}
          between={<ScopeFields scope={scope} set={(change) => void navigate({ search: (old) => changed(old, change), replace: true })} />}
        >
          {running ? (
            <Button variant="default" leftSection={<Loader size={12} />} onClick={() => void cancel()}>
              Cancel
            </Button>
          ) : (
            <Button onClick={() => run()} disabled={!ready} rightSection={<kbd className={styles.key}>⌘↵</kbd>}>
              Sweep
            </Button>
          )}
          <SaveHunt kind="sweep" question={typeof list === "string" && ready ? { ...scope, list } : undefined} />
          <Button variant="default" leftSection={<Icon name="watch" />} disabled={!ready} onClick={() => setWatching(true)}>
            Watch
          </Button>
        </ListField>
        {found && question && (
          <div className={styles.outcome}>
            <span role="status">
              {counted(found.indicators, "indicator")} looked for in <Text value={scopeWords(question.scope)} />: <b>{count(found.indicators - found.misses)} found</b>, {count(found.misses)} missed
              {(found.invalid ?? []).length > 0 && `, ${counted(found.invalid!.length, "line")} unreadable`}
            </span>
            <Scanned account={found} />
          </div>
        )}
        <ProblemNote error={error} retry={() => run()} />
      </div>
      {found ? (
        <>
          <Tabs value={tab} onChange={(view) => void navigate({ search: (old) => changed(old, { view: view ?? undefined }), replace: true })}>
            <Tabs.List className={styles.tabs!}>
              {(Object.keys(sweepTabs) as SweepTab[]).map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {sweepTabs[name].title} <small>{count(sweepTabs[name].count(found))}</small>
                </Tabs.Tab>
              ))}
            </Tabs.List>
          </Tabs>
          <SweepGrids tab={tab} answer={found} />
        </>
      ) : (
        !running &&
        !error && (
          <Empty title="Which of these are anywhere?">
            Paste a list of indicators above and press ⌘↵. Every row of every host is looked through, and each is found however it is written. To look for one value only, choose it
            in <Link to="/artifacts">any table</Link>.
          </Empty>
        )
      )}
      {watching && <WatchlistForm list={list} close={() => setWatching(false)} />}
    </Page>
  );
}
