import styles from "./Badge.module.css";

/** A word with a colour that says how it is meant. */
export function Badge({ tone, children }: { tone: "good" | "warn" | "bad" | "plain"; children: string }) {
  return <span className={`${styles.badge} ${styles[tone]}`}>{children}</span>;
}
