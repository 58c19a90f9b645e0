// Values come from endpoints that may be hostile. They are only ever shown as text, and what a text could do to its
// surroundings (turn the direction of writing, move the cursor, hide) is shown as a marker instead of being done.

/** A piece of text as it is, or the name of a character that is shown by name, such as "U+202E". */
export type Piece = { text: string } | { mark: string };

const invisible =
  // C0 and C1 controls, soft hyphen, marks and overrides of direction, zero-width characters, separators of lines,
  // interlinear annotation, variation tags, lone surrogates.
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/gu;

const names: Record<string, string> = { "\n": "⏎", "\r": "␍", "\t": "⇥", "\0": "␀" };

export function markOf(character: string): string {
  return names[character] ?? "U+" + character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

/** Takes a text apart into what is harmless and what is shown by name. */
export function neutralise(text: string): Piece[] {
  // Nearly all texts have none of these characters, and there are hundreds of texts in sight.
  if (/^[\x20-\x7e]*$/.test(text)) return [{ text }];
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(invisible)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ mark: markOf(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** The same as one plain string, for places that hold no markup (titles, labels). */
export function plain(text: string): string {
  return text.replace(invisible, (character) => `[${markOf(character)}]`);
}

/** The beginning of a text, never half a character. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}
