import { quote } from "./filters";
import { isObject, textOf } from "./rows";

/** Longer values are no observables, and an address has no room for them. */
const longest = 2048;

/** Whether it can be asked where else a value is. */
export function canPivot(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === "boolean" || isObject(value) || Array.isArray(value)) return false;
  const text = textOf(value).trim();
  return text !== "" && text.length <= longest;
}

/** The first and the last time of several spans; undefined where there are none. */
export function boundsOf(spans: { first_seen: string; last_seen: string }[]): { first: string | undefined; last: string | undefined } {
  const by = (x: string, y: string) => Date.parse(x) - Date.parse(y);
  return { first: spans.map((s) => s.first_seen).sort(by)[0], last: spans.map((s) => s.last_seen).sort(by).at(-1) };
}

/** The query for the rows that a pivot found: an observable may lie within a value, any other text is a whole one. */
export function queryFor(kind: string, value: string): string {
  if (kind === "text") return "*: " + quote(value);
  return kind === "ip" ? `${quote(value)} or *: ${value}` : quote(value);
}
