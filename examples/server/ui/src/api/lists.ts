import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { More } from "../components/grid/types";
import type { Page } from "./client";

const none: never[] = [];

/** A list of any length, page by page as a grid asks for more. */
export function useList<T>(key: QueryKey, page: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.entries) ?? (none as T[]), [query.data]);
  const more: More = {
    has: query.hasNextPage,
    loading: query.isFetching,
    error: query.error ?? undefined,
    load: () => void (query.data ? query.fetchNextPage() : query.refetch()),
  };
  return { rows, more };
}
