import { useQuery } from "@tanstack/react-query";
import { api, ask, type Schemas } from "./client";

export type Watchlist = Schemas["Watchlist"];
export type Sighting = Schemas["Sighting"];

// The body goes as it is: the server tells by its content what it is, whatever the type says.
const asItIs = { bodySerializer: (body: unknown) => body as never, headers: { "Content-Type": "text/plain" } };

export const createWatchlist = (name: string, list: string | File) => ask(api.POST("/api/watchlists", { params: { query: { name } }, body: list as never, ...asItIs }));

export const replaceIndicators = (watchlist_id: string, list: string | File) =>
  ask(api.PUT("/api/watchlists/{watchlist_id}/indicators", { params: { path: { watchlist_id } }, body: list as never, ...asItIs }));

/** How often it is looked again while a list is matched with what is stored, in milliseconds. */
const again = 2000;

/** All watchlists, looked at again while one of them is being matched. */
export function useWatchlists() {
  return useQuery({
    queryKey: ["watchlists"],
    queryFn: ({ signal }) => ask(api.GET("/api/watchlists", { signal })),
    refetchInterval: ({ state }) => (state.data?.some((w) => w.matched_at === null) ? again : false),
  });
}

/** One watchlist, with what of its list is no indicator. */
export function useWatchlist(id: string) {
  return useQuery({
    queryKey: ["watchlists", id],
    queryFn: ({ signal }) => ask(api.GET("/api/watchlists/{watchlist_id}", { params: { path: { watchlist_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.matched_at === null ? again : false),
  });
}
