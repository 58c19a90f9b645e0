import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { Empty } from "../components/Empty";
import { ProblemNote } from "../components/ProblemNote";
import { type VerdictName, verdicts } from "../components/VerdictBadge";
import { notice } from "../components/Notices";
import { unreachable } from "../api/problem";
import { browseOf } from "../lib/browse";
import { scopeOf, textList } from "../lib/scope";
import { Shell } from "./Shell";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Shell,
  notFoundComponent: () => <Empty title="There is no such page">Choose one on the left, or press ⌘K and type its name.</Empty>,
});

type Raw = Record<string, unknown>;
const text = (raw: Raw, name: string) => (raw[name] === undefined || raw[name] === "" ? {} : { [name]: String(raw[name]) });

/** The search parameters of a page that are texts; all may be left out. */
function texts<const N extends string>(...names: N[]) {
  return (raw: Raw): { [name in N]?: string } => Object.assign({}, ...names.map((name) => text(raw, name)));
}

/** Those that are lists. */
function lists<const N extends string>(...names: N[]) {
  return (raw: Raw): { [name in N]?: string[] } =>
    Object.assign({}, ...names.map((name) => ({ name, list: textList(raw[name]) })).map(({ name, list }) => (list.length > 0 ? { [name]: list } : {})));
}

const overview = createRoute({ getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => import("../screens/overview"), "Overview") });
const hosts = createRoute({
  getParentRoute: () => root,
  path: "/hosts",
  validateSearch: texts("name", "os", "label", "ip_address", "client_id"),
  component: lazyRouteComponent(() => import("../screens/hosts"), "Hosts"),
});
const host = createRoute({
  getParentRoute: () => root,
  path: "/hosts/$hostId",
  validateSearch: (raw: Raw) => ({ ...scopeOf(raw), ...texts("tab", "query", "at", "order", "untimed")(raw) }),
  component: lazyRouteComponent(() => import("../screens/host"), "HostPage"),
});
const ingest = createRoute({ getParentRoute: () => root, path: "/ingest", component: lazyRouteComponent(() => import("../screens/ingest"), "Ingest") });
const collections = createRoute({
  getParentRoute: () => root,
  path: "/collections",
  validateSearch: texts("host_id", "artifact", "flow_id", "hunt_id"),
  component: lazyRouteComponent(() => import("../screens/collections"), "Collections"),
});
const collection = createRoute({
  getParentRoute: () => root,
  path: "/collections/$collectionId",
  validateSearch: texts("artifact"),
  component: lazyRouteComponent(() => import("../screens/collection"), "CollectionPage"),
});
const artifacts = createRoute({ getParentRoute: () => root, path: "/artifacts", component: lazyRouteComponent(() => import("../screens/artifacts"), "Artifacts") });
const artifact = createRoute({
  getParentRoute: () => root,
  path: "/artifacts/$artifact",
  validateSearch: browseOf,
  component: lazyRouteComponent(() => import("../screens/browser"), "Browser"),
});
const sweep = createRoute({
  getParentRoute: () => root,
  path: "/sweep",
  validateSearch: (raw: Raw) => ({ ...scopeOf(raw), ...texts("list", "view")(raw) }),
  component: lazyRouteComponent(() => import("../screens/sweep"), "Sweep"),
});
const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch: browseOf,
  component: lazyRouteComponent(() => import("../screens/browser"), "Search"),
});
const pivot = createRoute({
  getParentRoute: () => root,
  path: "/pivot",
  validateSearch: (raw: Raw) => ({ ...scopeOf(raw), ...texts("value")(raw) }),
  component: lazyRouteComponent(() => import("../screens/pivot"), "Pivot"),
});
const diff = createRoute({
  getParentRoute: () => root,
  path: "/diff",
  validateSearch: (raw: Raw) => ({ ...lists("hosts", "labels", "key")(raw), ...texts("artifact", "before", "after", "query", "view", "host")(raw) }),
  component: lazyRouteComponent(() => import("../screens/diff"), "Diff"),
});
const saved = createRoute({ getParentRoute: () => root, path: "/saved", component: lazyRouteComponent(() => import("../screens/saved"), "Saved") });
const savedHunt = createRoute({
  getParentRoute: () => root,
  path: "/saved/$savedHuntId",
  validateSearch: texts("run", "view"),
  component: lazyRouteComponent(() => import("../screens/saved/SavedHunt"), "SavedHuntPage"),
});
const watchlists = createRoute({ getParentRoute: () => root, path: "/watchlists", component: lazyRouteComponent(() => import("../screens/watchlists"), "Watchlists") });
const watchlist = createRoute({
  getParentRoute: () => root,
  path: "/watchlists/$watchlistId",
  validateSearch: texts("view"),
  component: lazyRouteComponent(() => import("../screens/watchlists/Watchlist"), "WatchlistPage"),
});
const sightings = createRoute({
  getParentRoute: () => root,
  path: "/sightings",
  validateSearch: texts("indicator", "since"),
  component: lazyRouteComponent(() => import("../screens/sightings"), "Sightings"),
});
const verdictOf = (raw: Raw): { verdict?: VerdictName } => {
  const verdict = verdicts.find((name) => name === raw["verdict"]);
  return verdict ? { verdict } : {};
};
const virustotal = createRoute({
  getParentRoute: () => root,
  path: "/virustotal",
  validateSearch: (raw: Raw) => ({ ...texts("hash")(raw), ...verdictOf(raw) }),
  component: lazyRouteComponent(() => import("../screens/virustotal"), "VirusTotal"),
});
const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  validateSearch: texts("tab"),
  component: lazyRouteComponent(() => import("../screens/admin"), "Admin"),
});
const account = createRoute({ getParentRoute: () => root, path: "/account", component: lazyRouteComponent(() => import("../screens/account"), "Account") });

const tree = root.addChildren([
  overview, artifacts, artifact, search, pivot, hosts, host, collections, collection, sweep, diff, saved, savedHunt,
  watchlists, watchlist, sightings, ingest, virustotal, admin, account,
]);

/** The pages of one tenant, under its own path. */
export function makeRouter(basepath: string, queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath,
    context: { queries },
    defaultPreload: "intent",
    defaultErrorComponent: ({ error, reset }) =>
      isOfLoading(error) ? <ProblemNote error={unreachable("a part of the page did not come")} retry={reload} /> : <ProblemNote error={error} retry={reset} />,
  });
}

/** Whether a part of the UI did not come. The browser keeps that in mind, so that only a reload of the page asks again. */
function isOfLoading(error: unknown): boolean {
  return /preload CSS|dynamically imported module|importing a module script/i.test(String(error));
}

/** Reloads the page once the server answers, because without it the browser would have nothing to show. */
function reload() {
  fetch("/icon.svg", { cache: "no-store" }).then(
    () => location.reload(),
    () => notice("The server still cannot be reached"),
  );
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
