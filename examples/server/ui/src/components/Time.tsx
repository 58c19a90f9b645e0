import { local, utc } from "../lib/time";
import styles from "./Time.module.css";

/** A time in UTC; the reader's own on hover, not made before: it takes long, and a table has many times. */
export function Time({ at }: { at: string | null | undefined }) {
  const text = utc(at);
  if (!text) return <span className={styles.none}>–</span>;
  return (
    <time dateTime={at!} onPointerEnter={(e) => (e.currentTarget.title = local(at))} className={styles.time}>
      {text}
    </time>
  );
}
