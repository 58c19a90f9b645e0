import { Button, Loader, Tabs, Textarea } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { useSweep, type SweepQuestion } from "../api/sweep";
import { Empty } from "../components/Empty";
import { Icon } from "../components/icons";
import { Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { SaveHunt } from "../components/SaveHunt";
import { Scanned } from "../components/Scanned";
import { ScopeFields } from "../components/ScopeFields";
import { Text } from "../components/Text";
import { SweepGrids, sweepTabs, type SweepTab } from "./sweep/grids";
import { changed } from "../lib/change";
import { bytes, count, counted } from "../lib/format";
import { useKeys } from "../lib/keys";
import { scopeOf, scopeWords } from "../lib/scope";
import styles from "./sweep.module.css";

const route = getRouteApi("/sweep");

/** The longest list that goes into the address, so that a link asks the same. */
const mostInAddress = 2000;
/** The longest file that is put into the field, where it can be seen and changed. */
const mostInField = 1 << 20;

/** Looks for a list of indicators everywhere at once. */
export function Sweep() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/sweep" });
  const { question, answer: found, running, error, start, cancel } = useSweep();
  const scope = scopeOf(search);
  const [list, setList] = useState<string | File>(search.list ?? question?.list ?? "");
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const ready = typeof list !== "string" || list.trim() !== "";
  const run = (next: SweepQuestion = { list, scope }) => {
    if (!ready) return;
    const inAddress = typeof next.list === "string" && next.list.length <= mostInAddress ? next.list : undefined;
    void navigate({ search: (old) => changed(old, { list: inAddress, view: undefined }), replace: true });
    void start(next);
  };
  useEffect(() => {
    // A link that somebody sent asks at once; coming back finds what was asked.
    if (search.list && question?.list !== search.list) run();
  }, []);
  useKeys("Sweep", [{ keys: "mod+Enter", does: "Sweep", run: () => run() }]);
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size > mostInField) setList(file);
    else void file.text().then(setList);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  const tab: SweepTab = search.view && search.view in sweepTabs ? (search.view as SweepTab) : "indicators";
  return (
    <Page title="Sweep" flush>
      <div
        className={over ? `${styles.ask} ${styles.over}` : styles.ask}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        {typeof list === "string" ? (
          <Textarea
            data-search
            aria-label="Indicators"
            placeholder={"Paste indicators here, one a line, or drop a file: text, CSV, STIX 2.1 or MISP JSON.\nHashes, addresses, domains, URLs, paths, users; defanged ones too."}
            rows={found ? 4 : 7}
            classNames={{ input: styles.list! }}
            spellCheck={false}
            value={list}
            onChange={(e) => setList(e.target.value)}
            onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
          />
        ) : (
          <p className={styles.file}>
            <Icon name="collection" /> <Text value={list.name} /> <small>{bytes(list.size)}</small>
            <Button variant="default" onClick={() => setList("")}>
              Take away
            </Button>
          </p>
        )}
        <ScopeFields scope={scope} set={(change) => void navigate({ search: (old) => changed(old, change), replace: true })} />
        <div className={styles.buttons}>
          {running ? (
            <Button variant="default" leftSection={<Loader size={12} />} onClick={() => void cancel()}>
              Cancel
            </Button>
          ) : (
            <Button onClick={() => run()} disabled={!ready} rightSection={<kbd className={styles.key}>⌘↵</kbd>}>
              Sweep
            </Button>
          )}
          <Button variant="default" onClick={() => files.current?.click()}>
            Choose a file
          </Button>
          <input ref={files} type="file" hidden aria-label="A file of indicators" onChange={(e) => take(e.target.files?.[0])} />
          <SaveHunt kind="sweep" question={typeof list === "string" && ready ? { ...scope, list } : undefined} />
          {found && question && (
            <span role="status" className={styles.outcome}>
              {counted(found.indicators, "indicator")} looked for in <Text value={scopeWords(question.scope)} />: <b>{count(found.indicators - found.misses)} found</b>, {count(found.misses)} missed
              {(found.invalid ?? []).length > 0 && `, ${counted(found.invalid!.length, "line")} unreadable`}
            </span>
          )}
          <Scanned account={found} />
        </div>
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
    </Page>
  );
}
