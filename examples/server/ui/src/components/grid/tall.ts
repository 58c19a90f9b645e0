// Browsers draw nothing taller than some ten million pixels, and move nothing exactly that is farther. A table that is
// taller has a scroll bar of that height: a pixel of it stands for scale pixels of the table where somebody drags it, and
// for one pixel where somebody turns the wheel. The bar is put right when the table comes to rest.

/** The heights of a row and of the titles above all rows. */
export const rowHeight = 26;
export const headHeight = 28;

/** The height of a table from which on it is scaled. */
export const tallest = 15_000_000;

/** Rows are placed from the nearest of these on. */
const step = 1_000_000;

/** Where a table stands: how much of it is above what is seen, in its own pixels. */
export class Track {
  offset = 0;
  /** Where the scroll bar was seen last. */
  private bar = 0;
  private base = 0;
  private size = 0;
  private view = 0;

  /** Takes note of how tall the table is, and how much of it is seen. */
  measure(size: number, view: number): void {
    this.size = size;
    this.view = view;
  }

  /** How many pixels of the table a pixel of its scroll bar stands for. */
  get scale(): number {
    return this.size <= tallest ? 1 : (this.size - this.view) / (tallest - this.view);
  }

  /** Where the scroll bar belongs. */
  get place(): number {
    return this.offset / this.scale;
  }

  /** Whether the bar is at an end where the table is not, so that the wheel would turn in vain. */
  get stuck(): boolean {
    return this.scale !== 1 && this.atEnd && Math.abs(this.place - this.bar) >= 1;
  }

  private get atEnd(): boolean {
    return this.bar <= 0 || this.bar >= tallest - this.view;
  }

  /** Takes note of where somebody moved the scroll bar. */
  moved(bar: number): void {
    const by = bar - this.bar;
    this.bar = bar;
    // Nobody drags it by less than half a pixel of the screen, unless to an end, where no wheel turns as far.
    const dragged = Math.abs(by) > (this.atEnd ? this.view : tallest / this.view / 2);
    if (this.scale === 1) this.offset = bar;
    else this.go(dragged ? bar * this.scale : this.offset + by);
  }

  /** Takes note of where the bar was put without moving the table. */
  put(bar: number): void {
    this.bar = bar;
  }

  /** Moves the table, and not the bar. */
  go(offset: number): void {
    this.offset = Math.max(0, Math.min(offset, this.size - this.view));
  }

  /** From where on the rows are placed that are drawn now. */
  rebase(): number {
    this.base = this.scale === 1 ? 0 : Math.floor(this.offset / step) * step;
    return this.base;
  }

  /** The transform that brings rows which are placed so into sight; "" where there is none. It stays while the wheel turns. */
  get shift(): string {
    return this.scale === 1 ? "" : `translateY(${this.bar - this.offset + this.base}px)`;
  }
}
