import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, ask } from "../api/client";
import { Badge } from "../components/Badge";
import { Empty } from "../components/Empty";
import { Facts, Page, Section } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { bytes, count } from "../lib/format";
import { plain } from "../lib/text";
import styles from "./virustotal.module.css";

const route = getRouteApi("/virustotal");

/** What VirusTotal says of a hash. */
export function VirusTotal() {
  const { hash } = route.useSearch();
  const navigate = useNavigate();
  const [typed, setTyped] = useState(hash ?? "");
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["virustotal", hash],
    queryFn: ({ signal }) => ask(api.POST("/api/vt/lookup", { body: { hash: hash! }, signal })),
    enabled: hash !== undefined,
    staleTime: Infinity,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/virustotal", search: typed.trim() ? { hash: typed.trim() } : {} });
  };
  return (
    <Page title="VirusTotal">
      <form onSubmit={submit} className={styles.form}>
        <TextInput data-search aria-label="MD5, SHA-1 or SHA-256" placeholder="MD5, SHA-1 or SHA-256" value={typed} onChange={(e) => setTyped(e.target.value)} className={styles.field!} />
        <Button type="submit" size="xs" loading={isFetching}>
          Look up
        </Button>
      </form>
      <ProblemNote error={error} retry={() => void refetch()} />
      {!hash && <Empty title="Look up a hash">What VirusTotal knows of it is kept for the tenant, so that asking again costs no quota.</Empty>}
      {data && (
        <>
          <Section title={<Text value={data.meaningful_name || data.hash} />}>
            <p>
              <Badge tone={data.malicious === true ? "bad" : data.malicious === false ? "good" : "plain"}>{plain(data.verdict)}</Badge> <Text value={data.message} />
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
          <Facts
            facts={[
              ["SHA-256", data.sha256 && <Text value={data.sha256} />],
              ["SHA-1", data.sha1 && <Text value={data.sha1} />],
              ["MD5", data.md5 && <Text value={data.md5} />],
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
