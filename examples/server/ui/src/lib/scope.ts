import { utc } from "./time";

/** Where a question looks; everywhere where nothing is said. Times are in UTC, as the API writes them. */
export type Scope = { artifacts?: string[]; hosts?: string[]; labels?: string[]; from?: string; to?: string };

type Raw = Record<string, unknown>;

/** The texts of an address's parameter that may be one or many. */
export function textList(raw: unknown): string[] {
  const list = Array.isArray(raw) ? raw : raw === undefined || raw === null || raw === "" ? [] : [raw];
  return list.filter((v) => typeof v !== "object").map(String);
}

/** The lists and times of an address; what cannot be read is left out. */
export function scopeOf(raw: Raw): Scope {
  const scope: Scope = {};
  for (const name of ["artifacts", "hosts", "labels"] as const) {
    const list = textList(raw[name]);
    if (list.length > 0) scope[name] = list;
  }
  for (const name of ["from", "to"] as const) {
    const at = timeOf(String(raw[name] ?? ""));
    if (at) scope[name] = at;
  }
  return scope;
}

/** Whether nothing is left out. */
export function isEverywhere(scope: Scope): boolean {
  return Object.keys(scope).length === 0;
}

/** The scope in words, for a line above an answer. */
export function scopeWords(scope: Scope): string {
  const words = [...(scope.artifacts ?? []), ...(scope.hosts ?? []), ...(scope.labels ?? []).map((label) => "label " + label)];
  if (scope.from) words.push("from " + utc(scope.from));
  if (scope.to) words.push("before " + utc(scope.to));
  return words.length === 0 ? "everything" : words.join(", ");
}

const units: Record<string, number> = { m: 60, min: 60, h: 3600, d: 86400, w: 7 * 86400 };

/**
 * Reads a time as people write it, in UTC unless it says otherwise: 2026-11-25, 2026-11-25 11:04, 2026-11-25T11:04:17Z,
 * or how long before now, as 36h or 7d. Undefined where it is none.
 */
export function timeOf(text: string, now = Date.now()): string | undefined {
  const back = text.trim().match(/^-?(\d{1,6})\s*(m|min|h|d|w)$/);
  if (back) return new Date(now - Number(back[1]) * units[back[2]!]! * 1000).toISOString();
  const parts = text.trim().match(/^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/);
  if (!parts) return undefined;
  const at = new Date(`${parts[1]}T${parts[2] ?? "00:00"}${parts[3] ?? "Z"}`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
