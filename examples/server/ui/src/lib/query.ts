// The text of a query while it is typed. The API counts places in characters, JavaScript in units of UTF-16.

/** The place of a cursor at unit of a text, in characters. */
export function pointAt(text: string, unit: number): number {
  return [...text.slice(0, unit)].length;
}

/** The unit of a text at which its character number point begins; the end where it has fewer. */
export function unitAt(text: string, point: number): number {
  return [...text].slice(0, point).join("").length;
}

export type Suggested = { text: string; kind: "field" | "value" | "operator" | "keyword" };

/** A query with a suggestion in the place of what was typed from a character on up to the cursor, and where the cursor is then. */
export function accept(text: string, cursor: number, from: number, suggested: Suggested): { text: string; cursor: number } {
  const before = text.slice(0, unitAt(text, from));
  const between = before !== "" && !/[\s(]$/.test(before) && suggested.kind !== "operator" ? " " : "";
  const colon = suggested.kind === "field" && !/\bexists\s+$/i.test(before) && !/^\s*(:|[<>]|~)/.test(text.slice(cursor));
  const inserted = between + suggested.text + (colon ? ": " : " ");
  return { text: before + inserted + text.slice(cursor).trimStart(), cursor: before.length + inserted.length };
}

/** What is wrong with a query, and the column of the character at which it is, from 1. */
export type Mistake = { column: number; message: string };

/** The mistake that an answer of the API is about; undefined where it is about something else. */
export function mistakeOf(message: string): Mistake | undefined {
  const found = message.match(/\bat column (\d+): (.*)$/is);
  return found ? { column: Number(found[1]), message: found[2]! } : undefined;
}

/** A query taken apart where a mistake begins: what is right, the character, and the rest. Past the end it is a space. */
export function split(text: string, column: number): [string, string, string] {
  const characters = [...text];
  return [characters.slice(0, column - 1).join(""), characters[column - 1] ?? " ", characters.slice(column).join("")];
}
