import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { lookUp } from "../api/virustotal";
import { Empty } from "../components/Empty";
import { Facts, Page, Section } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { Value } from "../components/Value";
import { VerdictBadge } from "../components/VerdictBadge";
import { VerdictCounts } from "../components/VerdictCounts";
import { VerdictGrid } from "../components/VerdictGrid";
import { bytes, count } from "../lib/format";
import styles from "./virustotal.module.css";

const route = getRouteApi("/virustotal");

/** What VirusTotal says of a hash, and without one what it said of all that were looked up. */
export function VirusTotal() {
  const { hash, verdict } = route.useSearch();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [typed, setTyped] = useState(hash ?? "");
  useEffect(() => setTyped(hash ?? ""), [hash]);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["virustotal", hash],
    queryFn: ({ signal }) => lookUp(queries, hash!, signal),
    enabled: hash !== undefined,
    staleTime: Infinity,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/virustotal", search: typed.trim() ? { hash: typed.trim() } : {} });
  };
  return (
    <Page title="VirusTotal" flush={!hash}>
      <form onSubmit={submit} className={`${styles.form} ${hash ? "" : styles.apart}`}>
        <TextInput data-search aria-label="MD5, SHA-1 or SHA-256" placeholder="MD5, SHA-1 or SHA-256" value={typed} onChange={(e) => setTyped(e.target.value)} className={styles.field!} />
        <Button type="submit" size="xs" loading={isFetching}>
          Look up
        </Button>
      </form>
      <ProblemNote error={error} retry={() => void refetch()} />
      {!hash && (
        <>
          <div className={styles.apart}>
            <VerdictCounts />
          </div>
          <VerdictGrid
            verdict={verdict}
            empty={
              verdict ? (
                <Empty title={`No file is ${verdict}`}>
                  <Link to="/virustotal">Show all that were looked up</Link>.
                </Empty>
              ) : (
                <Empty title="Look up a hash">What VirusTotal knows of it is kept for the tenant, so that asking again costs no quota.</Empty>
              )
            }
          />
        </>
      )}
      {data && (
        <>
          <Section title={<Text value={data.meaningful_name || data.hash} />}>
            <p>
              <VerdictBadge verdict={data.verdict} /> <Text value={data.message} />
            </p>
          </Section>
          {data.stats && (
            <Section title="Engines">
              <ul className={styles.stats}>
                {Object.entries(data.stats).map(([name, n]) => (
                  <li key={name}>
                    <b>{count(n)}</b> {name}
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <div className={styles.hashes}>
            <Facts
              facts={[
                ["SHA-256", data.sha256 && <Value value={data.sha256} />],
                ["SHA-1", data.sha1 && <Value value={data.sha1} />],
                ["MD5", data.md5 && <Value value={data.md5} />],
              ]}
            />
          </div>
          <Facts
            facts={[
              ["Type", data.type && <Text value={data.type} />],
              ["Size", data.size ? bytes(data.size) : ""],
              ["Threat", data.threat_label && <Text value={data.threat_label} />],
              ["Reputation", data.reputation === undefined ? "" : String(data.reputation)],
              ["Names", <Text value={(data.names ?? []).join(", ")} />],
              ["Tags", <Text value={(data.tags ?? []).join(", ")} />],
              ["First submitted", <Time at={data.first_submitted_at} />],
              ["Last analysed", <Time at={data.last_analyzed_at} />],
              ["Fetched", <Time at={data.fetched_at} />],
              ["Answered from", data.from_cache ? "what is kept" : "VirusTotal"],
            ]}
          />
        </>
      )}
    </Page>
  );
}
