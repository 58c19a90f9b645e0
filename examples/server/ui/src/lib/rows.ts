// Rows come as JSON whose numbers may be larger than JavaScript holds. They are kept as they were written.

/** A number that JavaScript cannot hold exactly, as it was written. */
export class ExactNumber {
  constructor(readonly source: string) {}
  toString() {
    return this.source;
  }
  toJSON() {
    // JSON.rawJSON where there is one; a string keeps all digits elsewhere.
    const raw = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;
    return raw ? raw(this.source) : this.source;
  }
}

export type Row = { [column: string]: unknown };

/** Parses JSON without losing digits. */
export function parseExact<T>(text: string): T {
  // Only long numbers and exponents can lose digits; most texts have neither.
  if (!/\d{16}|\d[eE.]/.test(text)) return JSON.parse(text) as T;
  // Numbers that would lose some travel as an object with a key that no endpoint can guess.
  const key = crypto.randomUUID();
  const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
  const wrapped = text.replace(tokens, (token) => (token[0] === '"' || holds(token) ? token : `{"${key}":"${token}"}`));
  const unwrap = (_: string, value: unknown) => (isObject(value) && Object.hasOwn(value, key) ? new ExactNumber(value[key] as string) : value);
  return JSON.parse(wrapped, wrapped === text ? undefined : unwrap) as T;
}

function holds(source: string): boolean {
  return String(Number(source)) === source;
}

/** The value at a column's path, such as Hash.SHA256; undefined where the row has none. */
export function at(row: Row, path: string): unknown {
  if (Object.hasOwn(row, path)) return row[path];
  for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
    const inner = Object.hasOwn(row, path.slice(0, dot)) ? row[path.slice(0, dot)] : undefined;
    if (isObject(inner)) {
      const found = at(inner, path.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

export function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** The paths of a row's columns, in its own order; objects are opened, arrays are values. */
export function pathsOf(row: Row, prefix = "", depth = 0): string[] {
  return Object.entries(row).flatMap(([key, value]) =>
    isObject(value) && depth < 6 && Object.keys(value).length > 0 ? pathsOf(value, prefix + key + ".", depth + 1) : [prefix + key],
  );
}

/** The columns of many rows, in the order they were met. */
export function columnsOf(rows: Row[]): string[] {
  return [...new Set(rows.flatMap((row) => pathsOf(row)))];
}

/** A value as the text that is shown, copied and exported. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "object" && !(value instanceof ExactNumber)) return JSON.stringify(value);
  return String(value);
}
