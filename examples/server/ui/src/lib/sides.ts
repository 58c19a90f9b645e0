import { timeOf } from "./scope";
import { utc } from "./time";

/** One side of a diff: a hunt, collections, or the last collection of each host in a span of time. */
export type Side = { hunt_id: string } | { collection_ids: string[] } | { from?: string; to?: string };

export type SideKind = "hunt" | "collections" | "times";

export function kindOf(side: Side): SideKind {
  return "hunt_id" in side ? "hunt" : "collection_ids" in side ? "collections" : "times";
}

/** A side as an address writes it: hunt:H.1, collections:id,id or times:from..to. */
export function writeSide(side: Side): string {
  if ("hunt_id" in side) return "hunt:" + side.hunt_id;
  if ("collection_ids" in side) return "collections:" + side.collection_ids.join(",");
  return `times:${side.from ?? ""}..${side.to ?? ""}`;
}

/** Reads a side of an address; undefined where it says none. */
export function readSide(text: string | undefined): Side | undefined {
  const [, kind, rest] = text?.match(/^(hunt|collections|times):(.*)$/s) ?? [];
  if (kind === "hunt") return rest ? { hunt_id: rest } : undefined;
  if (kind === "collections") {
    const ids = rest!.split(",").filter((id) => id !== "");
    return ids.length > 0 ? { collection_ids: ids } : undefined;
  }
  if (kind !== "times") return undefined;
  const [from, to] = rest!.split("..").map((time) => timeOf(time));
  return from || to ? { ...(from && { from }), ...(to && { to }) } : undefined;
}

type Collected = { hunt_id?: string; host_id: string; collected_at: string };

/** A hunt as its collections tell of it. */
export type HuntOf = { id: string; hosts: number; from: string; to: string };

/** The hunts that collections belong to, the latest first. */
export function huntsOf(collections: Collected[]): HuntOf[] {
  const hunts = new Map<string, { hosts: Set<string>; from: string; to: string }>();
  for (const c of collections) {
    if (!c.hunt_id) continue;
    const h = hunts.get(c.hunt_id) ?? { hosts: new Set(), from: c.collected_at, to: c.collected_at };
    h.hosts.add(c.host_id);
    if (Date.parse(c.collected_at) < Date.parse(h.from)) h.from = c.collected_at;
    if (Date.parse(c.collected_at) > Date.parse(h.to)) h.to = c.collected_at;
    hunts.set(c.hunt_id, h);
  }
  return [...hunts].map(([id, h]) => ({ id, hosts: h.hosts.size, from: h.from, to: h.to })).sort((a, b) => Date.parse(b.to) - Date.parse(a.to));
}

/** What is compared where nobody has said it: the last hunt with the one before; or, of hosts that have several collections, what was collected before the last day with what came on it. */
export function usualSides(collections: Collected[]): { before: Side; after: Side } | undefined {
  const [last, previous] = huntsOf(collections);
  if (last && previous) return { before: { hunt_id: previous.id }, after: { hunt_id: last.id } };
  const times = collections.map((c) => Date.parse(c.collected_at)).filter((t) => !Number.isNaN(t));
  if (new Set(times).size < 2) return undefined;
  const day = new Date(Math.max(...times)).toISOString().slice(0, 10) + "T00:00:00.000Z";
  return { before: { to: day }, after: { from: day } };
}

/** A side in words. */
export function sideWords(side: Side): string {
  if ("hunt_id" in side) return side.hunt_id;
  if ("collection_ids" in side) return side.collection_ids.length === 1 ? "a collection" : `${side.collection_ids.length} collections`;
  return [side.from && "from " + utc(side.from), side.to && "before " + utc(side.to)].filter(Boolean).join(", ");
}
