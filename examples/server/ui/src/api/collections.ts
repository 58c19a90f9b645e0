import { useQuery } from "@tanstack/react-query";
import { api, askPage, type Page, type Schemas } from "./client";

type Filter = { host_id?: string; hunt_id?: string; artifact?: string };

/** All collections that fit a filter, the newest first. */
export function useCollections(filter: Filter, enabled = true) {
  return useQuery({
    queryKey: ["collections", "all", filter],
    enabled,
    queryFn: async ({ signal }) => {
      const all: Schemas["Collection"][] = [];
      let cursor: string | undefined;
      do {
        const page: Page<Schemas["Collection"]> = await askPage(api.GET("/api/collections", { params: { query: { ...filter, limit: 1000, ...(cursor && { cursor }) } }, signal }));
        all.push(...page.entries);
        cursor = page.next;
      } while (cursor);
      return all;
    },
  });
}
