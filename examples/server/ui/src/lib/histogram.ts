/** A span of time as a bar: milliseconds since 1970, the end not included. */
export type Bar = { from: number; to: number; rows: number };

/** The bars of an answer's buckets, with those that have no rows between them. */
export function barsOf(buckets: { from: string; rows: number }[], seconds: number): Bar[] {
  const width = seconds * 1000;
  const bars: Bar[] = [];
  for (const bucket of buckets) {
    const from = Date.parse(bucket.from);
    for (let empty = bars.at(-1)?.to ?? from; empty < from; empty += width) bars.push({ from: empty, to: empty + width, rows: 0 });
    bars.push({ from, to: from + width, rows: bucket.rows });
  }
  return bars;
}

/** How high a bar is, from 0 to 1: by the root, so that few rows are seen beside many. */
export function heightOf(rows: number, most: number): number {
  return most === 0 ? 0 : Math.sqrt(rows / most);
}

/** The bar at a place between 0 and 1 of the width. */
export function barAt(part: number, bars: number): number {
  return Math.max(0, Math.min(bars - 1, Math.floor(part * bars)));
}

/** The span from one bar to another, whichever comes first. */
export function spanOf(bars: Bar[], a: number, b: number): { from: string; to: string } {
  return { from: iso(bars[Math.min(a, b)]!.from), to: iso(bars[Math.max(a, b)]!.to) };
}

/** A span made narrower or wider around its middle, or around a time in it. */
export function scaled(span: { from: number; to: number }, factor: number, around = (span.from + span.to) / 2): { from: string; to: string } {
  const half = Math.max(500, ((span.to - span.from) * factor) / 2);
  return { from: iso(Math.floor((around - half) / 1000) * 1000), to: iso(Math.ceil((around + half) / 1000) * 1000) };
}

/** Where times are written below the bars: places and texts as short as the bars allow. */
export function ticksOf(bars: Bar[], most: number): { at: number; text: string }[] {
  if (bars.length === 0 || most < 1) return [];
  const every = Math.max(1, Math.ceil(bars.length / most));
  const width = bars[0]!.to - bars[0]!.from;
  return bars.flatMap((bar, i) => (i % every === 0 && (i === 0 || bars.length - i >= every / 2) ? [{ at: i / bars.length, text: label(bar.from, width) }] : []));
}

function label(at: number, width: number): string {
  const text = iso(at).replace("T", " ");
  if (width >= 86_400_000) return text.slice(0, 10);
  return width >= 60_000 ? text.slice(5, 16) : text.slice(11, 19);
}

const iso = (at: number) => new Date(at).toISOString();
