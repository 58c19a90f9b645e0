import type { components } from "../api/schema";
import { grouped } from "./change";
import { nameOf } from "./hosts";

export type Hit = components["schemas"]["SweepHit"];

/** What a sweep found of one indicator, over all hosts. */
export type IndicatorHits = { indicator: string; line: number; kind: string; value: string; hosts: string[]; artifacts: string[]; rows: number; first_seen: string; last_seen: string };

/** What a sweep found on one host, of all indicators. */
export type HostHits = { host_id: string; hostname: string; client_id: string; indicators: string[]; artifacts: string[]; rows: number; first_seen: string; last_seen: string };

/** Hits by indicator, in the order of the list. */
export function byIndicator(hits: Hit[]): IndicatorHits[] {
  return grouped(hits, (h) => h.line + " " + h.indicator).map((same) => {
    const { indicator, line, kind, value } = same[0]!;
    return { indicator, line, kind, value, hosts: distinct(same, nameOf), ...summed(same) };
  });
}

/** Hits by host; those with the most indicators come first. */
export function byHost(hits: Hit[]): HostHits[] {
  return grouped(hits, (h) => h.tenant_id + h.host_id)
    .map((same) => {
      const { host_id, hostname, client_id } = same[0]!;
      return { host_id, hostname, client_id, indicators: distinct(same, (h) => h.indicator), ...summed(same) };
    })
    .sort((a, b) => b.indicators.length - a.indicators.length || nameOf(a).localeCompare(nameOf(b)));
}

function summed(hits: Hit[]) {
  // Times of the API are as long as each other only to the second, so they are compared as times.
  const earliest = hits.reduce((a, b) => (Date.parse(b.first_seen) < Date.parse(a.first_seen) ? b : a));
  const latest = hits.reduce((a, b) => (Date.parse(b.last_seen) > Date.parse(a.last_seen) ? b : a));
  return {
    artifacts: distinct(hits, (h) => h.artifact),
    rows: hits.reduce((sum, h) => sum + h.rows, 0),
    first_seen: earliest.first_seen,
    last_seen: latest.last_seen,
  };
}

function distinct<T>(all: T[], of: (one: T) => string): string[] {
  return [...new Set(all.map(of))];
}
