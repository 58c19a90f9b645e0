const grouped = new Intl.NumberFormat("en-US");

/** 1234567 as 1,234,567. */
export function count(n: number | null | undefined): string {
  return n === null || n === undefined ? "–" : grouped.format(n);
}

/** "1 row", "2 rows". */
export function counted(n: number, one: string, many = one + "s"): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** A size in the unit that keeps it short. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[unit]}`;
}

/** A part of a whole as a percentage; a part that is not nothing is never shown as 0 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const value = (100 * part) / whole;
  if (part > 0 && value < 0.1) return "< 0.1 %";
  if (part < whole && value > 99.9) return "> 99.9 %";
  return `${value >= 10 ? Math.round(value) : value.toFixed(1).replace(/\.0$/, "")} %`;
}
