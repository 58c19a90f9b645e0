import { bytes } from "../lib/format";
import { ExactNumber, textOf } from "../lib/rows";
import { beginning } from "../lib/text";
import { Text } from "./Text";
import styles from "./Value.module.css";

/** How much of a value a cell shows; the drawer of the row has the whole. */
const mostInCell = 300;

/** A value of a row in a cell: always text, never more than fits. */
export function Value({ value }: { value: unknown }) {
  if (value === undefined) return null;
  if (value === null) return <span className={styles.nothing}>null</span>;
  if (typeof value === "boolean") return <span className={styles.word}>{String(value)}</span>;
  if (typeof value === "number" || value instanceof ExactNumber) return <span className={styles.number}>{String(value)}</span>;
  const text = textOf(value);
  if (text === "") return <span className={styles.nothing}>""</span>;
  const shown = beginning(text, mostInCell);
  return (
    <span className={typeof value === "string" ? styles.text : styles.json}>
      <Text value={shown} />
      {shown.length < text.length && <span className={styles.rest}> … {bytes(text.length)}</span>}
    </span>
  );
}
