import { type Scope, scopeOf, textList } from "./scope";

/** What the address of a table of rows says: what is asked, and which columns are stacked. */
export type Browse = Scope & {
  hunts?: string[];
  tenants?: string[];
  query?: string;
  /** Clauses that narrow the query, each with a chip. */
  filters?: string[];
  order?: "stored";
  stack?: string[];
};

/** Reads an address; what cannot be read is left out. */
export function browseOf(raw: Record<string, unknown>): Browse {
  const { artifacts: _, ...scope } = scopeOf(raw);
  const browse: Browse = scope;
  for (const name of ["hunts", "tenants", "filters", "stack"] as const) {
    const list = textList(raw[name]);
    if (list.length > 0) browse[name] = list;
  }
  if (browse.stack) browse.stack = [...new Set(browse.stack)].slice(0, 3);
  if (raw.query !== undefined && raw.query !== "") browse.query = String(raw.query);
  if (raw.order === "stored") browse.order = "stored";
  return browse;
}

/** The lists of a scope that have a chip for each of their entries. */
export const lists = ["hosts", "labels", "hunts", "tenants"] as const;
