import { Problem } from "./problem";

/** Rows of a long answer, of which only those near what is in sight are held. An array is one that holds all. */
export type RowsOf<T> = { readonly length: number; at(index: number): T | undefined };

/** Asks for up to limit rows, skip behind a cursor. */
export type LoadPage<T> = (from: { cursor: string | undefined; skip: number; limit: number }, signal: AbortSignal) => Promise<{ rows: T[]; next: string | undefined }>;

/** How many rows are asked for at once, and how many pages are held. */
export const perPage = 200;
const held = 60;
/** How many pages are asked for at a time, and how long a place has to stay in sight before it is asked for. */
const atOnce = 2;
const settles = 50;

/**
 * The rows of an answer of any length by their places. What comes into sight is asked for, behind the nearest cursor that
 * is known, and what has been out of sight for longest is let go, so that a table can be scrolled to any of its rows.
 */
export class Pages<T> implements RowsOf<T> {
  /** How many rows there are, as far as is known. */
  length = 0;
  /** Why the last page did not come. */
  error: unknown;
  private begun = false;
  private pages = new Map<number, T[]>();
  private cursors = new Map<number, string>(); // behind each page that ever came
  private asking = new Map<number, AbortController>();
  private wanted: number[] = [0];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private listeners = new Set<() => void>();
  private version = 0;
  private total: number | undefined;

  constructor(private readonly load: LoadPage<T>) {}

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  };

  /** Changes whenever anything does. */
  snapshot = () => this.version;

  at(index: number): T | undefined {
    return this.pages.get(Math.floor(index / perPage))?.[index % perPage];
  }

  get loading(): boolean {
    return !this.begun || this.asking.size > 0;
  }

  /** Every row that is held, in order. */
  get loaded(): T[] {
    return [...this.pages.keys()].sort((a, b) => a - b).flatMap((page) => this.pages.get(page)!);
  }

  /** Says how many rows there are, where the answer was counted. */
  setTotal(total: number): void {
    this.total = total;
    this.measure();
    this.changed();
  }

  /** Says which rows are in sight, so that they and those around them come. */
  see(first: number, last: number): void {
    const from = Math.max(0, Math.floor((first - perPage / 4) / perPage));
    const to = Math.floor((Math.min(last + perPage / 4, Math.max(0, this.length - 1))) / perPage);
    const wanted = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    if (wanted.join() === this.wanted.join()) return;
    this.wanted = wanted;
    this.timer ??= setTimeout(this.ask, settles);
  }

  /** Ends what is asked for, and asks for nothing more before start. */
  fail(error: unknown): void {
    this.error = error;
    this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const control of this.asking.values()) control.abort();
    this.asking.clear();
    this.changed();
  }

  /** Asks for what is in sight. */
  start = (): void => {
    this.error = undefined;
    this.begun = true;
    this.ask();
    this.changed();
  };

  private ask = (): void => {
    this.timer = undefined;
    const waited = this.loading;
    for (const [page, control] of this.asking) {
      if (this.wanted.includes(page)) continue;
      control.abort();
      this.asking.delete(page);
    }
    for (const page of this.wanted) {
      // Let what is held stay behind what is not in sight.
      const rows = this.pages.get(page);
      if (rows) {
        this.pages.delete(page);
        this.pages.set(page, rows);
      } else if (!this.asking.has(page) && this.asking.size < atOnce && !this.error) {
        void this.askFor(page);
      }
    }
    if (this.loading !== waited) this.changed();
  };

  private async askFor(page: number) {
    const control = new AbortController();
    this.asking.set(page, control);
    const from = this.behind(page);
    try {
      const { rows, next } = await this.load({ ...from, limit: perPage }, control.signal);
      if (control.signal.aborted) return;
      this.pages.set(page, rows);
      if (next !== undefined) this.cursors.set(page, next);
      else this.total = Math.min(page * perPage + rows.length, rows.length > 0 ? Infinity : (this.total ?? Infinity));
      for (const [old] of this.pages) if (this.pages.size > held) this.pages.delete(old);
      this.measure();
    } catch (error) {
      if (control.signal.aborted) return;
      if (from.cursor !== undefined && error instanceof Problem && error.replaced) this.forget();
      else this.error = error;
    }
    this.asking.delete(page);
    this.ask();
    this.changed();
  }

  /** Lets go of all rows, because some were replaced: what is in sight comes anew. */
  private forget() {
    for (const control of this.asking.values()) control.abort();
    this.asking.clear();
    this.pages.clear();
    this.cursors.clear();
  }

  /** The cursor that is nearest before a page, and how many rows are between. */
  private behind(page: number): { cursor: string | undefined; skip: number } {
    let nearest = -1;
    for (const known of this.cursors.keys()) if (known < page && known > nearest) nearest = known;
    return { cursor: this.cursors.get(nearest), skip: (page - nearest - 1) * perPage };
  }

  private measure() {
    const last = Math.max(-1, ...this.cursors.keys());
    // Behind a page with a cursor is at least one row more.
    this.length = this.total ?? (last < 0 ? 0 : (last + 1) * perPage + 1);
  }

  private changed() {
    this.version++;
    this.listeners.forEach((listener) => listener());
  }
}
