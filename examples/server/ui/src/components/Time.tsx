import { local, utc } from "../lib/time";
import styles from "./Time.module.css";

/** A time in UTC; the reader's own on hover. */
export function Time({ at }: { at: string | null | undefined }) {
  const text = utc(at);
  if (!text) return <span className={styles.none}>–</span>;
  return (
    <time dateTime={at!} title={local(at)} className={styles.time}>
      {text}
    </time>
  );
}
