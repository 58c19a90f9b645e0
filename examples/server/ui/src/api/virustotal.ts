import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, ask } from "./client";

/** Asks what VirusTotal says of a hash. Lists of what was looked up are read again then. */
export async function lookUp(queries: QueryClient, hash: string, signal?: AbortSignal) {
  const verdict = await ask(api.POST("/api/vt/lookup", { body: { hash }, ...(signal && { signal }) }));
  if (!verdict.from_cache) void queries.invalidateQueries({ queryKey: ["verdicts"] });
  return verdict;
}

/** How many of the files that were looked up have each verdict. */
export const verdictCounts = queryOptions({ queryKey: ["verdicts", "counts"], queryFn: () => ask(api.GET("/api/vt/verdicts/counts")), staleTime: 0 });
