/**
 * Makes indicators in a text harmless to click: http becomes hxxp, dots
 * of addresses and the last one of names are bracketed. Names of files in paths stay.
 */
export function defang(text: string): string {
  return text
    .replace(/\b(h)tt(ps?:\/\/)/gi, (_, h: string, rest: string) => (h === "H" ? "HXX" : "hxx") + rest)
    .replace(/\bftp:\/\//gi, "fxp://")
    .replace(/@(?=[\w-]+(\.[\w-]+)+)/g, "[@]")
    .replace(/(?<![\w.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\w.]*\w\.)/g, "$1[.]$2[.]$3[.]$4")
    .replace(/(?<!(?:(?<!\/)\/|\\)[\p{L}\p{N}_.-]*)(?<=[\p{L}\p{N}-])\.(?=\p{L}{2,24}(?![\p{L}\p{N}_.-]))/gu, "[.]");
}
