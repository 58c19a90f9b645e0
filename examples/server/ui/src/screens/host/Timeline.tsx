import { Button, Loader } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCollections } from "../../api/collections";
import { type TimelineQuestion, useHistogram, useTimeline } from "../../api/timeline";
import { Empty } from "../../components/Empty";
import { ProblemNote } from "../../components/ProblemNote";
import { mistakeIn, QueryBar } from "../../components/QueryBar";
import { SaveHunt } from "../../components/SaveHunt";
import { Scanned } from "../../components/Scanned";
import { TimeField } from "../../components/TimeField";
import { changed } from "../../lib/change";
import { count } from "../../lib/format";
import { barsOf } from "../../lib/histogram";
import { useKeys } from "../../lib/keys";
import { ArtifactToggles } from "./ArtifactToggles";
import { Histogram } from "./Histogram";
import { TimelineRows } from "./TimelineRows";
import styles from "./Timeline.module.css";

/** What the address says of a timeline. */
export type TimelineSearch = { artifacts?: string[]; from?: string; to?: string; query?: string; at?: string; order?: string; untimed?: string };

/** The rows of all artifacts of a host in the order of their times. */
export function Timeline({ hostId, search }: { hostId: string; search: TimelineSearch }) {
  const navigate = useNavigate({ from: "/hosts/$hostId" });
  const put = (change: { [name in keyof TimelineSearch]: TimelineSearch[name] | undefined }) => void navigate({ search: (old) => changed(old, change), replace: true });
  const question: TimelineQuestion = {
    host: hostId,
    artifacts: search.artifacts,
    from: search.from,
    to: search.to,
    query: search.query,
    newest: search.order === "newest",
    untimed: search.untimed !== undefined,
    at: search.untimed === undefined ? search.at : undefined,
  };
  const histogram = useHistogram(question);
  const bars = useMemo(() => (histogram.data ? barsOf(histogram.data.buckets ?? [], histogram.data.bucket_seconds) : []), [histogram.data]);
  const timeline = useTimeline(question);
  const collections = useCollections({ host_id: hostId });
  const artifacts = useMemo(() => {
    const rows = new Map<string, number>();
    for (const c of collections.data ?? []) for (const a of c.artifacts ?? []) if (a.stored > 0) rows.set(a.artifact, (rows.get(a.artifact) ?? 0) + a.stored);
    return [...rows].sort(([a], [b]) => a.localeCompare(b));
  }, [collections.data]);
  const all = { from: undefined, to: undefined, at: undefined };
  const narrowed = question.artifacts !== undefined || question.query !== undefined || question.from !== undefined || question.to !== undefined;
  useKeys("Timeline", [
    { keys: "o", does: "Oldest or newest first", run: () => put({ order: question.newest ? undefined : "newest" }) },
    { keys: "0", does: "All of time", run: () => put(all) },
  ]);
  const error = timeline.query.error ?? histogram.error;
  const without = histogram.data?.without_time ?? 0;
  return (
    <div className={styles.timeline}>
      <div className={styles.ask}>
        <div className={styles.query}>
          <QueryBar value={search.query ?? ""} set={(query) => put({ query: query || undefined })} scope={{ hosts: [hostId], ...(search.artifacts && { artifacts: search.artifacts }) }} mistake={mistakeIn(error)} />
        </div>
        <TimeField label="From" value={search.from} set={(from) => put({ from, at: undefined })} />
        <TimeField label="Before" value={search.to} set={(to) => put({ to, at: undefined })} />
        <Button variant="default" onClick={() => put({ order: question.newest ? undefined : "newest" })} title="Turn the order round (o)">
          {question.newest ? "Newest first" : "Oldest first"}
        </Button>
        <SaveHunt kind="timeline" question={askedAgain(question)} />
      </div>
      <ArtifactToggles artifacts={artifacts} chosen={search.artifacts} set={(artifacts) => put({ artifacts, at: undefined })} />
      {!question.untimed && (
        <Histogram
          bars={bars}
          zoomed={search.from !== undefined || search.to !== undefined}
          at={search.at}
          zoom={(span) => put({ ...span, at: undefined })}
          read={(at) => put({ at })}
          reset={() => put(all)}
        />
      )}
      {!mistakeIn(error) && <ProblemNote error={error} retry={() => void (timeline.query.refetch(), histogram.refetch())} />}
      <TimelineRows
        key={JSON.stringify(question)}
        rows={timeline.rows}
        artifacts={artifacts.map(([name]) => name)}
        before={timeline.before}
        untimed={question.untimed}
        next={{ has: timeline.query.hasNextPage, loading: timeline.query.isFetchingNextPage, load: () => void timeline.query.fetchNextPage() }}
        previous={{ has: timeline.query.hasPreviousPage, loading: timeline.query.isFetchingPreviousPage, load: () => void timeline.query.fetchPreviousPage() }}
        empty={
          timeline.query.isPending ? (
            <Loader size={16} role="img" aria-label="Loading" m="md" />
          ) : error ? null : (
            <Empty title="No rows here">
              {narrowed ? "Widen the times, take away the query or choose more artifacts." : without > 0 ? "No row of this host has a time of its own; look at those without." : "Nothing was collected from this host yet."}
            </Empty>
          )
        }
      />
      <div className={styles.foot}>
        <span>{count(timeline.rows.length)} rows loaded</span>
        {timeline.query.isFetching && <Loader size={12} role="img" aria-label="Loading" />}
        {(without > 0 || question.untimed) && (
          <Button variant="subtle" onClick={() => put({ untimed: question.untimed ? undefined : "1" })}>
            {question.untimed ? "Back to rows with a time" : `${count(without)} rows have no time: show them`}
          </Button>
        )}
        <span className={styles.scanned}>
          <Scanned account={histogram.data} />
        </span>
      </div>
    </div>
  );
}

/** The question as its route takes it, to be saved. */
function askedAgain(q: TimelineQuestion) {
  return { host_id: q.host, artifacts: q.artifacts, from: q.from, to: q.to, query: q.query };
}
