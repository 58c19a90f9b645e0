import { ExactNumber, pathsOf, at, textOf, type Row } from "./rows";
import { beginning } from "./text";

/** A field of a row in a line of text. */
export type Part = { path: string; text: string };

const enough = 12;
const mostOfValue = 160;

/** What tells a row from others, in a line: its fields with values, the telling ones first; times and empty values are left out. */
export function summaryOf(row: Row): Part[] {
  const parts = pathsOf(row).flatMap((path): Part[] => {
    const value = at(row, path);
    if (value === null || value === "" || value === undefined || isTime(value)) return [];
    if (typeof value === "object" && !(value instanceof ExactNumber) && Object.keys(value).length === 0) return [];
    return [{ path, text: beginning(textOf(value), mostOfValue) }];
  });
  return parts
    .map((part, i) => ({ part, weight: weightOf(part.path), i }))
    .sort((a, b) => a.weight - b.weight || a.i - b.i)
    .slice(0, enough)
    .map(({ part }) => part);
}

const first = /^(name|exe|image|commandline|cmdline|command|message|ospath|path|fullpath|entry|user|username|key|url)$/i;
const last = /^(_|clientid|flowid|fqdn|inode|mode|size|hash|md5|sha1|sha256)/i;

function weightOf(path: string): number {
  if (first.test(path)) return 0;
  return last.test(path) ? 2 : 1;
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
}
