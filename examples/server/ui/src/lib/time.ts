/** A time in UTC, to the second, or to the millisecond where there are any: 2026-11-25 11:04:17Z. */
export function utc(iso: string | null | undefined): string {
  const at = parsed(iso);
  if (!at) return "";
  const text = at.toISOString().replace("T", " ");
  return text.endsWith(".000Z") ? text.slice(0, 19) + "Z" : text;
}

/** The same to the minute, for dense lists. */
export function utcShort(iso: string | null | undefined): string {
  return utc(iso).slice(0, 16);
}

/** The time where the reader is, for a tooltip. */
export function local(iso: string | null | undefined): string {
  const at = parsed(iso);
  if (!at) return "";
  return at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" }) + " (local)";
}

/** How long ago, in the largest unit that fits. */
export function ago(iso: string | null | undefined, now: number): string {
  const at = parsed(iso);
  if (!at) return "";
  const seconds = Math.round((now - at.getTime()) / 1000);
  if (seconds < 0) return utcShort(iso);
  const units: [number, string][] = [[86400 * 365, "y"], [86400, "d"], [3600, "h"], [60, "min"]];
  for (const [length, name] of units) if (seconds >= length) return `${Math.floor(seconds / length)} ${name} ago`;
  return "just now";
}

function parsed(iso: string | null | undefined): Date | undefined {
  const at = iso ? new Date(iso) : undefined;
  // The zero time of the API means that there is none.
  return at && !Number.isNaN(at.getTime()) && at.getUTCFullYear() > 1 ? at : undefined;
}
