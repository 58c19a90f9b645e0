import { type InfiniteData, keepPreviousData, type QueryKey, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, askExact, type Schemas } from "./client";
import type { Found } from "./search";

/** Which rows of a host, and from which time on they are read. */
export type TimelineQuestion = {
  host: string;
  artifacts: string[] | undefined;
  from: string | undefined;
  to: string | undefined;
  query: string | undefined;
  newest: boolean;
  untimed: boolean;
  /** Where reading begins; rows on the other side come when they are scrolled to. */
  at: string | undefined;
};

type Answer = Omit<Schemas["TimelineAnswer"], "rows"> & { rows: Found[] };
type Place = { forward: boolean; cursor: string | undefined };
const perPage = 200;

async function ask(q: TimelineQuestion, page: { order: "oldest" | "newest"; from: string | undefined; to: string | undefined; limit: number; cursor?: string }, signal: AbortSignal) {
  const { host: host_id, artifacts, query, untimed } = q;
  const { from, to, ...rest } = page;
  const asked = { host_id, ...(artifacts && { artifacts }), ...(query && { query }), ...(untimed && { untimed }), ...(from && { from }), ...(to && { to }), ...rest };
  return (await askExact<Answer>(api.GET("/api/hunt/timeline", { params: { query: asked }, parseAs: "text", signal }))).data;
}

/** How all rows lie in time, wherever reading begins. */
export function useHistogram(q: TimelineQuestion) {
  const { at: _, newest: __, untimed: ___, ...about } = q;
  return useQuery({
    queryKey: ["timeline", "histogram", about],
    queryFn: ({ signal }) => ask({ ...q, untimed: false }, { order: "oldest", from: q.from, to: q.to, limit: 1 }, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** The rows, page by page in both directions from where reading begins. */
export function useTimeline(q: TimelineQuestion) {
  const query = useInfiniteQuery<Answer, Error, InfiniteData<Answer, Place>, QueryKey, Place>({
    queryKey: ["timeline", "rows", q],
    queryFn: async ({ pageParam, signal }) => {
      const later = pageParam.forward !== q.newest;
      // A time belongs to what comes after it, so that no row comes twice.
      const from = later ? (q.at ?? q.from) : q.from;
      const to = later ? q.to : (q.at ?? q.to);
      const answer = await ask(q, { order: later ? "oldest" : "newest", from, to, limit: perPage, ...(pageParam.cursor && { cursor: pageParam.cursor }) }, signal);
      return { ...answer, rows: pageParam.forward ? answer.rows : answer.rows.toReversed() };
    },
    initialPageParam: { forward: true, cursor: undefined },
    getNextPageParam: (last, _, param) => (param.forward && last.next ? { forward: true, cursor: last.next } : undefined),
    getPreviousPageParam: (first, _, param) => {
      if (param.forward) return q.at ? { forward: false, cursor: undefined } : undefined;
      return first.next ? { forward: false, cursor: first.next } : undefined;
    },
    retry: false,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.rows) ?? [], [query.data]);
  // How many of them stand before the place where reading began.
  const before = useMemo(
    () => (query.data?.pages ?? []).reduce((sum, page, i) => sum + (query.data!.pageParams[i]!.forward ? 0 : page.rows.length), 0),
    [query.data],
  );
  return { query, rows, before };
}
