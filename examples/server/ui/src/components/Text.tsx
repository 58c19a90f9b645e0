import { neutralise } from "../lib/text";
import styles from "./Text.module.css";

/** A text from outside, with what could disturb its surroundings shown by name. */
export function Text({ value }: { value: string }) {
  const pieces = neutralise(value);
  if (pieces.length === 1 && "text" in pieces[0]!) return <>{pieces[0].text}</>;
  return (
    <>
      {pieces.map((piece, i) =>
        "text" in piece ? (
          <bdi key={i}>{piece.text}</bdi>
        ) : (
          <span key={i} className={styles.mark} title={`The character ${piece.mark}, shown by name`}>
            {piece.mark}
          </span>
        ),
      )}
    </>
  );
}
