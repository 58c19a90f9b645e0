import type { ReactNode } from "react";
import styles from "./Page.module.css";

/** The top of a page and what is below it; flush where a grid fills the rest. */
export function Page({ title, tools, flush, children }: { title: ReactNode; tools?: ReactNode; flush?: boolean; children: ReactNode }) {
  return (
    <>
      <div className={styles.head}>
        <h1>{title}</h1>
        {tools && <div className={styles.tools}>{tools}</div>}
      </div>
      <div className={flush ? styles.flush : styles.body} {...(!flush && { tabIndex: 0 })}>
        {children}
      </div>
    </>
  );
}

/** A titled part of a page. */
export function Section({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Names and values, side by side. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter(([, value]) => value !== "" && value !== undefined && value !== null && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
