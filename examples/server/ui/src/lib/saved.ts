import { isObject, type Row } from "./rows";
import { scopeOf, scopeWords, textList } from "./scope";
import { readSide, sideWords, writeSide, type Side } from "./sides";

/** A question as it was saved: what its own route takes. */
export type Question = Record<string, unknown>;

/** Where a saved question is asked: the path of its page, and what the page's address says. */
export type Place = { path: string; search: Question };

const text = (value: unknown) => (value === undefined || value === null ? "" : String(value));

/** The page that asks a saved question. */
export function placeOf(kind: string, question: Question): Place {
  const q = written(question);
  const artifacts = textList(q.artifacts);
  switch (kind) {
    case "stack": {
      const { artifact, fields, order: _, limit: __, artifacts: ___, ...rest } = q;
      return { path: "/artifacts/" + encodeURIComponent(text(artifact)), search: { ...rest, stack: textList(fields) } };
    }
    case "pivot":
      return { path: "/pivot", search: q };
    case "sweep":
      return { path: "/sweep", search: q };
    case "timeline": {
      const { host_id, ...rest } = q;
      return { path: "/hosts/" + encodeURIComponent(text(host_id)), search: { tab: "timeline", ...rest } };
    }
    case "diff":
      return { path: "/diff", search: { ...q, before: writeSide(q.before as Side), after: writeSide(q.after as Side) } };
    default: {
      const { artifacts: _, ...rest } = q;
      return { path: artifacts.length === 1 ? "/artifacts/" + encodeURIComponent(artifacts[0]!) : "/search", search: rest };
    }
  }
}

/** A saved question in a line of words. */
export function questionWords(kind: string, question: Question): string {
  const scope = scopeWords(scopeOf(question));
  const query = text(question.query);
  switch (kind) {
    case "stack":
      return `${textList(question.fields).join(", ")} of ${text(question.artifact)}${query && ", " + query}`;
    case "pivot":
      return text(question.value);
    case "sweep": {
      const lines = text(question.list).split("\n").filter((line) => line.trim() !== "").length;
      return `${lines} ${lines === 1 ? "line" : "lines"} of indicators in ${scope}`;
    }
    case "timeline":
      return `one host, ${scope}${query && ", " + query}`;
    case "diff": {
      const [before, after] = [question.before, question.after].map((side) => (isObject(side) ? readSide(writeSide(side as unknown as Side)) : undefined));
      return `${text(question.artifact)}: ${before ? sideWords(before) : "?"} with ${after ? sideWords(after) : "?"}${query && ", " + query}`;
    }
    default:
      return `${query || "every row"} in ${scope}`;
  }
}

/** Ids say nothing beside the names that entries have too. */
const silent = new Set(["tenant_id", "host_id"]);

/** An entry of a comparison as a row of a table: the values of a stack under their fields, everything else as it is. */
export function entryRow(entry: unknown, question: Question): Row {
  if (Array.isArray(entry)) {
    const fields = textList(question.fields);
    return Object.fromEntries(entry.map((value, i) => [fields[i] ?? "value " + (i + 1), value]));
  }
  if (!isObject(entry)) return { value: entry };
  const { data, ...rest } = entry;
  const row = Object.fromEntries(Object.entries(rest).filter(([name]) => !silent.has(name)));
  return isObject(data) ? { ...row, ...data } : entry.data === undefined ? row : { ...row, data };
}

function written(question: Question): Question {
  return Object.fromEntries(Object.entries(question).filter(([name, value]) => value !== undefined && value !== null && value !== "" && name !== "cursor" && name !== "limit"));
}
