import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { More } from "../components/grid/types";
import { at, pathsOf, type Row, textOf } from "../lib/rows";
import { api, askExact, type Schemas } from "./client";
import { Pages } from "./pages";
import { Problem } from "./problem";

/** A row that was found, and where it was collected. */
export type Found = Omit<Schemas["FoundRow"], "data"> & { data: Row };

/** What rows are asked for. */
export type Question = Omit<Schemas["SearchBody"], "limit" | "cursor" | "skip" | "count" | "columns" | "order"> & { order?: "newest" | "stored" };

type Answer = Omit<Schemas["SearchAnswer"], "rows"> & { rows: Found[] };

async function search(question: Question, page: { limit: number; cursor?: string; skip?: number; count?: boolean }, signal: AbortSignal): Promise<Answer> {
  const body = { order: "newest" as const, ...question, ...page };
  return (await askExact<Answer>(api.POST("/api/hunt/search", { body, parseAs: "text", signal }))).data;
}

/** The rows that a question selects, how many they are, and the columns that were met in them. */
export function useSearch(question: Question) {
  const queries = useQueryClient();
  const key = JSON.stringify(question);
  const about = JSON.stringify(question.artifacts);
  // Columns stay while the same artifact is asked about in another way.
  const met = useMemo(() => {
    const kept = queries.getQueryData<Map<string, number>>(["columns", about]) ?? new Map<string, number>();
    queries.setQueryData(["columns", about], kept);
    return kept;
  }, [queries, about]);
  const pages = useMemo(
    () =>
      new Pages<Found>(async ({ cursor, skip, limit }, signal) => {
        const rows: Found[] = [];
        // The server cuts a page short where its rows are long.
        for (let from = { skip, ...(cursor && { cursor }) }; ; ) {
          const page = await search(question, { limit: limit - rows.length, ...from }, signal);
          rows.push(...page.rows);
          if (rows.length === limit || !page.next) {
            meet(met, rows);
            return { rows, next: page.next };
          }
          from = { skip: 0, cursor: page.next };
        }
      }),
    [key, met],
  );
  useSyncExternalStore(pages.subscribe, pages.snapshot);
  useEffect(() => pages.start(), [pages]);
  const counted = useQuery({
    queryKey: ["count", key],
    queryFn: ({ signal }) => search(question, { limit: 1, count: true }, signal),
    retry: false,
  });
  const total = counted.data?.total;
  useEffect(() => {
    if (total !== undefined) pages.setTotal(total);
  }, [pages, total]);
  const more: More = {
    has: pages.length > 0 && total === undefined,
    loading: pages.loading || counted.isFetching,
    error: pages.error,
    load: () => {
      pages.start();
      if (counted.data === undefined) void counted.refetch();
    },
    see: (first, last) => pages.see(first, last),
    cancel: () => {
      pages.fail(new Problem(-1, "Cancelled", "What came before that is shown."));
      void queries.cancelQueries({ queryKey: ["count", key] });
    },
  };
  const fields = useMemo(() => [...met].map(([path, longest]): Field => ({ path, longest })), [met, met.size]);
  return { rows: pages, more, total, account: counted.data, fields };
}

/** A column that was met in rows, and how many characters its longest value had then. */
export type Field = { path: string; longest: number };

/** Adds the columns that are new. Those that are known stay as they are, so that a table does not move. */
function meet(met: Map<string, number>, rows: Found[]) {
  const longest = new Map<string, number>();
  for (const row of rows)
    for (const path of pathsOf(row.data))
      if (!met.has(path)) longest.set(path, Math.max(longest.get(path) ?? 0, Math.min(200, textOf(at(row.data, path)).length)));
  for (const [path, length] of longest) met.set(path, length);
}
