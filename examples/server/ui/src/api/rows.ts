import { useQuery } from "@tanstack/react-query";
import type { Row } from "../lib/rows";
import { api, askExact, askPage, type Page, type Schemas } from "./client";
import { useList } from "./lists";

type Collection = Schemas["Collection"];

/** A row of an artifact, and where it was collected. */
export type Found = { collection: Collection; data: Row };

const perPage = 500;

/** The rows of an artifact in some collections, one collection after the other, page by page. */
export function useRows(artifact: string, collections: Collection[] | undefined) {
  return useList<Found>(["rows", artifact, collections?.map((c) => c.id)], async (cursor, signal) => {
    if (!collections) return { entries: [], next: undefined };
    let [place, within] = split(cursor);
    const entries: Found[] = [];
    // Many hosts have few rows of an artifact: a page takes those of several.
    while (place < collections.length && entries.length < perPage) {
      const collection = collections[place]!;
      const { data, next } = await askExact<Row[]>(
        api.GET("/api/collections/{collection_id}/rows", {
          params: { path: { collection_id: collection.id }, query: { artifact, limit: perPage, ...(within && { cursor: within }) } },
          parseAs: "text",
          signal,
        }),
      );
      entries.push(...data.map((row) => ({ collection, data: row })));
      within = next;
      if (!next) place++;
    }
    return { entries, next: place < collections.length ? `${place} ${within ?? ""}` : undefined };
  });
}

function split(cursor: string | undefined): [number, string | undefined] {
  if (cursor === undefined) return [0, undefined];
  const space = cursor.indexOf(" ");
  return [Number(cursor.slice(0, space)), cursor.slice(space + 1) || undefined];
}

/** All collections that have an artifact. */
export function useCollectionsOf(artifact: string, filter: { host_id?: string; hunt_id?: string }) {
  return useQuery({
    queryKey: ["collections", "of", artifact, filter],
    queryFn: async ({ signal }) => {
      const all: Collection[] = [];
      let cursor: string | undefined;
      do {
        const page: Page<Collection> = await askPage(
          api.GET("/api/collections", { params: { query: { ...filter, artifact, limit: 1000, ...(cursor && { cursor }) } }, signal }),
        );
        all.push(...page.entries);
        cursor = page.next;
      } while (cursor);
      return all;
    },
  });
}
