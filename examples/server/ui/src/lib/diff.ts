import type { components } from "../api/schema";
import { textOf } from "./rows";

type Answer = components["schemas"]["DiffAnswer"];
export type HostOf = Pick<components["schemas"]["HostDiff"], "host_id" | "hostname" | "client_id">;

/** A key that a host has more or fewer rows of; hosts is how many have the same: of the fleet where it was added, of the answer where it is gone. */
export type Entry = HostOf & { key: unknown[]; rows: number; hosts: number };

/** A column that has changed in the rows of a key; hosts is how many of the answer have the same change. */
export type Change = HostOf & { key: unknown[]; rows: number; column: string; before: unknown[]; after: unknown[]; hosts: number };

export type HostSum = HostOf & { added: number; changed: number; removed: number };

/** The differences of all hosts as lists; what few hosts have comes first. */
export type Differences = { added: Entry[]; removed: Entry[]; changed: Change[]; hosts: HostSum[] };

export function differencesOf(answer: Answer, only?: string): Differences {
  const all = (answer.hosts ?? []).filter((h) => only === undefined || h.host_id === only);
  const added = all.flatMap((h) => (h.added ?? []).map((e): Entry => ({ ...host(h), key: e.key ?? [], rows: e.rows, hosts: e.fleet_hosts })));
  const removed = all.flatMap((h) => (h.removed ?? []).map((e): Entry => ({ ...host(h), key: e.key ?? [], rows: e.rows, hosts: 0 })));
  const changed = all.flatMap((h) =>
    (h.changed ?? []).flatMap((e) =>
      (e.columns ?? []).map((c): Change => ({ ...host(h), key: e.key ?? [], rows: e.rows, column: c.column, before: c.before ?? [], after: c.after ?? [], hosts: 0 })),
    ),
  );
  countHosts(removed, (e) => JSON.stringify(e.key));
  countHosts(changed, (e) => JSON.stringify([e.key, e.column, e.before, e.after]));
  return {
    added: rareFirst(added),
    removed: rareFirst(removed),
    changed: rareFirst(changed),
    hosts: (answer.hosts ?? []).map((h) => ({ ...host(h), added: (h.added ?? []).length, changed: (h.changed ?? []).length, removed: (h.removed ?? []).length })),
  };
}

/** Values side by side as one text, in the order of the answer. */
export function valuesText(values: unknown[]): string {
  return values.map(textOf).join(", ");
}

function host(h: HostOf): HostOf {
  return { host_id: h.host_id, hostname: h.hostname, client_id: h.client_id };
}

function countHosts<T extends Entry>(all: T[], same: (one: T) => string) {
  const hosts = new Map<string, Set<string>>();
  for (const one of all) hosts.set(same(one), (hosts.get(same(one)) ?? new Set()).add(one.host_id));
  for (const one of all) one.hosts = hosts.get(same(one))!.size;
}

function rareFirst<T extends Entry>(all: T[]): T[] {
  return all
    .map((one) => ({ one, text: valuesText(one.key) }))
    .sort((a, b) => a.one.hosts - b.one.hosts || a.text.localeCompare(b.text) || a.one.hostname.localeCompare(b.one.hostname))
    .map(({ one }) => one);
}
