// What is seen, as files. The formats are those of the API's own exports.

/** A field of CSV. A spreadsheet would run what begins like a formula; an apostrophe in front keeps it a text. */
export function csvField(text: string): string {
  const guarded = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(guarded) ? '"' + guarded.replaceAll('"', '""') + '"' : guarded;
}

/** Lines of CSV with a header. */
export function csv(titles: string[], rows: string[][]): string {
  return [titles, ...rows].map((fields) => fields.map(csvField).join(",") + "\r\n").join("");
}

/** Lines of JSON. */
export function jsonLines(rows: unknown[]): string {
  return rows.map((row) => JSON.stringify(row) + "\n").join("");
}

/** Hands a file to the person. */
export function save(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[^\w.-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
