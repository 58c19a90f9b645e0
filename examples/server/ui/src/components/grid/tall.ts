// Browsers draw nothing taller than some ten million pixels, and move nothing exactly that is farther. A table that is
// taller has a scroll bar of that height: a pixel of it stands for scale pixels of the table.

/** The heights of a row and of the titles above all rows. */
export const rowHeight = 26;
export const headHeight = 28;

/** The height of a table from which on it is scaled. */
export const tallest = 15_000_000;

/** Rows are placed from the nearest of these on, so that they are drawn again only when another one is nearer. */
const step = 1_000_000;

/** How many pixels of a table of a size a pixel of its scroll bar stands for, where view pixels of it are seen. */
export function scaleOf(size: number, view: number): number {
  return size <= tallest ? 1 : (size - view) / (tallest - view);
}

/** From where on the rows at an offset are placed. */
export function baseOf(offset: number, scale: number): number {
  return scale === 1 ? 0 : Math.floor(offset / step) * step;
}

/** The transform that brings rows which are placed so into sight at an offset; "" where there is none. */
export function shiftOf(offset: number, scale: number): string {
  return scale === 1 ? "" : `translateY(${offset / scale - offset + baseOf(offset, scale)}px)`;
}
