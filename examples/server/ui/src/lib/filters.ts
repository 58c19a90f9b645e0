import { isObject, textOf } from "./rows";

// Filters are clauses of the query language, so that each can stand in an address, in a chip, and in a query.

/** A text as a query has to have it, in which nothing is a wildcard. */
export const quote = (text: string) => '"' + text.replace(/["\\]/g, "\\$&") + '"';

/** A column's path as a query has to have it. */
export function fieldText(path: string): string {
  return /^[\p{L}\p{N}_.-]+$/u.test(path) && !/^(and|or|not|exists)$/i.test(path) ? path : quote(path);
}

/** Longer values make no filter: an address has no room for them. */
const longest = 1000;

/** The filter for rows that have a value in a column; undefined where there can be none. */
export function isClause(path: string, value: unknown): string | undefined {
  const field = fieldText(path);
  if (value === undefined) return "not exists " + field;
  if (value === null) return field + ": null";
  if (isObject(value) || Array.isArray(value)) return undefined;
  const text = textOf(value);
  if (text.length > longest) return undefined;
  return `${field}: ${typeof value === "string" ? quote(text) : text}`;
}

/** The filter for the rows that another leaves out. */
export function negated(clause: string): string {
  return clause.startsWith("not ") ? clause.slice(4) : "not " + clause;
}

/** One query for a typed one and filters. A typed one with a bracket too many stays alone, so that it is found out. */
export function combined(query: string, filters: string[]): string {
  const alone = query.trim();
  if (filters.length === 0 || !isClosed(alone)) return alone;
  const all = alone === "" || alone === "*" ? filters : [`(${alone})`, ...filters];
  return all.join(" and ");
}

/** The column of a combined query as one of the typed query. */
export function typedColumn(column: number, query: string, filters: string[]): number {
  const alone = query.trim();
  const typed = filters.length === 0 || !isClosed(alone) ? column : column - 1;
  return Math.max(1, Math.min(typed, [...alone].length + 1));
}

/** Whether every closing bracket of a query, outside of quotes and patterns, has an opening one, and every quote ends. */
function isClosed(query: string): boolean {
  let depth = 0;
  for (const [token] of query.matchAll(/"(?:[^"\\]|\\.)*"?|~\s*\/(?:[^/\\]|\\.)*\/?|\\.|[()]/gs)) {
    if (token === "(") depth++;
    else if (token === ")" && --depth < 0) return false;
    else if (token[0] === '"' && !/^"(?:[^"\\]|\\.)*"$/s.test(token)) return false;
    else if (token[0] === "~" && !/^~\s*\/(?:[^/\\]|\\.)*\/$/s.test(token)) return false;
  }
  return depth === 0;
}
