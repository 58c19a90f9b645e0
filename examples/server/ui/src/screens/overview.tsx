import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, ask, askPage } from "../api/client";
import { useWatchlists } from "../api/watchlists";
import { Empty } from "../components/Empty";
import { HostLink, PivotLink } from "../components/links";
import { Page, Section } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Status } from "../components/Status";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { VerdictBadge } from "../components/VerdictBadge";
import { VerdictCounts } from "../components/VerdictCounts";
import { count } from "../lib/format";
import { nameOf } from "../lib/hosts";
import styles from "./overview.module.css";

/** What the tenant has, and what came in last. */
export function Overview() {
  const artifacts = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const hosts = useQuery({ queryKey: ["hosts", "some"], queryFn: () => askPage(api.GET("/api/hosts", { params: { query: { limit: 1000 } } })) });
  const last = useQuery({ queryKey: ["collections", "last"], queryFn: () => askPage(api.GET("/api/collections", { params: { query: { limit: 12 } } })) });
  const watchlists = useWatchlists();
  const sightings = useQuery({ queryKey: ["sightings", "last"], queryFn: () => askPage(api.GET("/api/sightings", { params: { query: { limit: 12 } } })), staleTime: 0, refetchInterval: 30_000 });
  const verdicts = useQuery({ queryKey: ["verdicts", "last"], queryFn: () => askPage(api.GET("/api/vt/verdicts", { params: { query: { limit: 8 } } })), staleTime: 0 });
  const error = artifacts.error ?? hosts.error ?? last.error;
  if (error) return <ProblemNote error={error} retry={() => void Promise.all([artifacts.refetch(), hosts.refetch(), last.refetch()])} />;
  const all = artifacts.data ?? [];
  const most = Math.max(1, ...all.map((a) => a.rows));
  if (artifacts.isSuccess && all.length === 0)
    return (
      <Empty title="Nothing has been ingested yet">
        <Link to="/ingest">Drop an export of Velociraptor here</Link>, or push to this server from Velociraptor: the README says how.
      </Empty>
    );
  return (
    <Page title="Overview">
      <div className={styles.figures}>
        <Figure name="Hosts" value={hosts.data && count(hosts.data.entries.length) + (hosts.data.next ? "+" : "")} to="/hosts" />
        <Figure name="Artifacts" value={artifacts.data && count(all.length)} to="/artifacts" />
        <Figure name="Rows" value={artifacts.data && count(all.reduce((sum, a) => sum + a.rows, 0))} to="/artifacts" />
        <Figure name="Sightings" value={watchlists.data && count(watchlists.data.reduce((sum, w) => sum + w.sightings, 0))} to="/sightings" />
        <Figure name="Last ingest" value={last.data?.entries[0] && <Time at={last.data.entries[0].ingested_at} />} to="/collections" />
      </div>
      <div className={styles.columns}>
        <Section title="Artifacts by rows">
          <ul className={styles.bars}>
            {all
              .toSorted((a, b) => b.rows - a.rows)
              .slice(0, 20)
              .map((a) => (
                <li key={a.artifact}>
                  <svg className={styles.bar} aria-hidden="true">
                    <rect width={`${(100 * a.rows) / most}%`} height="100%" />
                  </svg>
                  <Link to="/artifacts/$artifact" params={{ artifact: a.artifact }}>
                    <Text value={a.artifact} />
                  </Link>
                  <span>{count(a.rows)}</span>
                </li>
              ))}
          </ul>
        </Section>
        <div className={styles.news}>
          <Section title="Newest sightings">
            {sightings.data?.entries.length === 0 && (
              <p className={styles.none}>
                None. Paste indicators into a <Link to="/watchlists">watchlist</Link>, and whatever has one is listed here.
              </p>
            )}
            <ul className={styles.last}>
              {sightings.data?.entries.map((s) => (
                <li key={s.id}>
                  <Time at={s.sighted_at} />
                  <PivotLink value={s.indicator} />
                  <HostLink host={s} />
                </li>
              ))}
            </ul>
          </Section>
          <Section title="Verdicts of VirusTotal">
            {verdicts.data?.entries.length === 0 ? (
              <p className={styles.none}>
                None. <Link to="/virustotal">Look up a hash</Link>, or press <kbd>p</kbd> on one in any table.
              </p>
            ) : (
              <VerdictCounts />
            )}
            <ul className={styles.last}>
              {verdicts.data?.entries.map((v) => (
                <li key={v.hash}>
                  <Time at={v.fetched_at} />
                  <Link to="/virustotal" search={{ hash: v.hash }}>
                    <Text value={v.meaningful_name || v.hash} />
                  </Link>
                  <VerdictBadge verdict={v.verdict} />
                </li>
              ))}
            </ul>
          </Section>
          <Section title="Last ingests">
            <ul className={styles.last}>
              {last.data?.entries.map((c) => (
                <li key={c.id}>
                  <Time at={c.ingested_at} />
                  <Link to="/collections/$collectionId" params={{ collectionId: c.id }}>
                    <Text value={nameOf(c)} />
                  </Link>
                  <Status status={c.status} />
                  <span>{count((c.artifacts ?? []).reduce((sum, a) => sum + a.stored, 0))} rows</span>
                </li>
              ))}
            </ul>
          </Section>
        </div>
      </div>
    </Page>
  );
}

function Figure({ name, value, to }: { name: string; value: React.ReactNode; to: "/hosts" | "/artifacts" | "/sightings" | "/collections" }) {
  return (
    <Link to={to} className={styles.figure!}>
      <span>{name}</span>
      <b>{value ?? "…"}</b>
    </Link>
  );
}
