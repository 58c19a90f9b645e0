import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useMemo, useState } from "react";
import { api, ask, type Schemas } from "../api/client";
import { lookUp } from "../api/virustotal";
import { Badge } from "../components/Badge";
import { Empty } from "../components/Empty";
import { Grid } from "../components/grid/Grid";
import type { Column } from "../components/grid/types";
import { Icon } from "../components/icons";
import { HostLink } from "../components/links";
import { Facts, Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Scanned } from "../components/Scanned";
import { SaveHunt } from "../components/SaveHunt";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import { VerdictBadge } from "../components/VerdictBadge";
import { copy, copyDefanged } from "../lib/copy";
import { count, counted } from "../lib/format";
import { nameOf } from "../lib/hosts";
import { useKeys } from "../lib/keys";
import { boundsOf, queryFor } from "../lib/pivot";
import styles from "./pivot.module.css";

const route = getRouteApi("/pivot");

type Host = Schemas["PivotHost"];
type Answer = Schemas["PivotAnswer"];

const kinds: Record<string, string> = {
  md5: "MD5", sha1: "SHA-1", sha256: "SHA-256", imphash: "Import hash", ip: "Address", domain: "Domain", url: "URL", email: "E-mail address",
  path: "Path", user: "User", sid: "SID", registry_key: "Registry key", text: "Text",
};
const hashes = ["md5", "sha1", "sha256"];

/** Everything that has a value: hosts, artifacts, and what is known of it. */
export function Pivot() {
  const { value, ...scope } = route.useSearch();
  const navigate = useNavigate();
  const [typed, setTyped] = useState(value ?? "");
  useEffect(() => setTyped(value ?? ""), [value]);
  const queries = useQueryClient();
  const queryKey = ["pivot", value, scope];
  const { data, error, isFetching, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => ask(api.GET("/api/hunt/pivot", { params: { query: { value: value!, ...scope } }, signal })),
    enabled: value !== undefined,
    retry: false,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === value) void refetch();
    else void navigate({ to: "/pivot", search: { ...scope, ...(typed.trim() && { value: typed.trim() }) } });
  };
  useKeys("Pivot", data ? [{ keys: "y", does: "Copy the value defanged", run: () => void copyDefanged(data.value) }] : []);
  return (
    <Page title="Pivot" flush>
      <form onSubmit={submit} className={styles.form} role="search">
        <TextInput
          data-search
          aria-label="Value"
          placeholder="A hash, address, domain, URL, user, path or any other text, also defanged"
          value={typed}
          maxLength={32768}
          spellCheck={false}
          onChange={(e) => setTyped(e.target.value)}
          onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
          className={styles.field!}
        />
        <Button type="submit" size="xs" loading={isFetching}>
          Find
        </Button>
        <SaveHunt kind="pivot" question={value === undefined ? undefined : { value, ...scope }} />
      </form>
      {value === undefined ? (
        <Empty title="Where else is it?">
          Type a value above, or press <kbd>p</kbd> on any cell of a table.
        </Empty>
      ) : (
        <>
          <div className={styles.about}>{data && <About key={data.value} data={data} />}</div>
          <Hosts data={data} loading={isFetching} error={error} retry={() => void refetch()} cancel={() => void queries.cancelQueries({ queryKey })} />
        </>
      )}
    </Page>
  );
}

/** What the value is, how far it is spread, and what VirusTotal said. */
function About({ data }: { data: Answer }) {
  const hosts = data.hosts ?? [];
  const found = hosts.flatMap((h) => h.artifacts ?? []);
  const { first, last } = boundsOf(found);
  return (
    <>
      <div className={styles.value}>
        <Badge tone="plain">{kinds[data.kind] ?? data.kind}</Badge>
        <code>
          <Text value={data.value} />
        </code>
        <span className={styles.copies}>
          <Button variant="subtle" leftSection={<Icon name="copy" size={14} />} onClick={() => void copy(data.value)}>
            Copy
          </Button>
          <Button variant="subtle" leftSection={<Icon name="shield" size={14} />} onClick={() => void copyDefanged(data.value)}>
            Defanged
          </Button>
        </span>
        {hashes.includes(data.kind) && <Verdict hash={data.value} known={data.verdict ?? undefined} />}
      </div>
      <Facts
        facts={[
          ["On", counted(hosts.length, "host") + ", " + counted(found.reduce((sum, f) => sum + f.rows, 0), "row")],
          ["In", counted(new Set(found.map((f) => f.artifact)).size, "artifact")],
          ["First seen", first && <Time at={first} />],
          ["Last seen", last && <Time at={last} />],
        ]}
      />
    </>
  );
}

/** What VirusTotal said of a hash when it was last asked; it is asked only by a click. */
function Verdict({ hash, known }: { hash: string; known: Schemas["Verdict"] | undefined }) {
  const queries = useQueryClient();
  const looking = useMutation({
    mutationFn: () => lookUp(queries, hash),
    onSuccess: (verdict) => queries.setQueryData(["virustotal", hash], verdict),
  });
  const verdict = looking.data ?? known;
  return (
    <span className={styles.verdict}>
      {verdict ? (
        <>
          VirusTotal:
          <VerdictBadge verdict={verdict.verdict} />
          {verdict.threat_label && <Text value={verdict.threat_label} />}
          <Link to="/virustotal" search={{ hash }}>
            All of it
          </Link>
        </>
      ) : (
        <Button variant="default" loading={looking.isPending} onClick={() => looking.mutate()}>
          Look it up on VirusTotal
        </Button>
      )}
      <ProblemNote error={looking.error} />
    </span>
  );
}

type HostsProps = { data: Answer | undefined; loading: boolean; error: unknown; retry: () => void; cancel: () => void };

/** The hosts that have the value, with a column for each artifact. */
function Hosts({ data, loading, error, retry, cancel }: HostsProps) {
  const navigate = useNavigate();
  const artifacts = useMemo(() => [...new Set((data?.hosts ?? []).flatMap((h) => (h.artifacts ?? []).map((a) => a.artifact)))].sort(), [data]);
  const query = data ? queryFor(data.kind, data.value) : "";
  const columns = useMemo((): Column<Host>[] => {
    const rowsOf = (h: Host) => (h.artifacts ?? []).reduce((sum, a) => sum + a.rows, 0);
    return [
      { id: "/host", title: "Host", width: 190, grow: true, pinned: true, value: nameOf, cell: (h) => <HostLink host={h} /> },
      { id: "/rows", title: "Rows", width: 70, align: "right", value: rowsOf, cell: (h) => count(rowsOf(h)) },
      { id: "/first", title: "First seen", width: 196, value: (h) => boundsOf(h.artifacts ?? []).first, cell: (h) => <Time at={boundsOf(h.artifacts ?? []).first} /> },
      { id: "/last", title: "Last seen", width: 196, value: (h) => boundsOf(h.artifacts ?? []).last, cell: (h) => <Time at={boundsOf(h.artifacts ?? []).last} /> },
      ...artifacts.map((artifact): Column<Host> => {
        const found = (h: Host) => h.artifacts?.find((a) => a.artifact === artifact)?.rows;
        return {
          id: artifact,
          title: artifact,
          width: Math.min(280, 60 + 7 * artifact.length),
          value: found,
          cell: (h) =>
            found(h) === undefined ? null : (
              <Link to="/artifacts/$artifact" params={{ artifact }} search={{ hosts: [h.host_id], query }}>
                {counted(found(h)!, "row")}
              </Link>
            ),
        };
      }),
      { id: "/client", title: "Client", width: 180, hidden: true, value: (h) => h.client_id || undefined },
    ];
  }, [artifacts, query]);
  return (
    <Grid
      name="pivot"
      label="hosts"
      columns={columns}
      rows={data?.hosts ?? none}
      more={{ has: false, loading, error, load: retry, cancel }}
      onOpen={(h) => void navigate({ to: "/artifacts/$artifact", params: { artifact: h.artifacts![0]!.artifact }, search: { hosts: [h.host_id], query } })}
      note={<Scanned account={data} />}
      empty={
        data ? (
          <Empty title="No host has it">
            It was looked for in {count(data.scanned.rows)} rows of {counted(data.scanned.hosts, "host")}.
          </Empty>
        ) : (
          <Empty title="It was not looked for to the end">
            The question was cancelled. <Button variant="default" onClick={retry}>Ask again</Button>
          </Empty>
        )
      }
    />
  );
}

const none: Host[] = [];
