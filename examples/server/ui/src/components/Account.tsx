import type { Schemas } from "../api/client";
import { count } from "../lib/format";
import { Text } from "./Text";
import styles from "./Account.module.css";

/** What became of each row of a collection. */
export function Account({ artifacts }: { artifacts: Schemas["Result"][] }) {
  return (
    <div className={styles.scroll} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th>Artifact</th>
            <th>Expected</th>
            <th>Read</th>
            <th>Stored</th>
            <th>Rejected</th>
            <th>Outcome</th>
          </tr>
        </thead>
        <tbody>
          {artifacts.map((a) => (
            <tr key={a.artifact}>
              <td>
                <Text value={a.artifact} />
                {(a.rejections ?? []).map((r, i) => (
                  <div key={i} className={styles.rejection}>
                    line {r.line}: <Text value={r.reason} />
                  </div>
                ))}
              </td>
              <td>{count(a.expected)}</td>
              <td>{count(a.read)}</td>
              <td>{count(a.stored)}</td>
              <td className={a.rejected > 0 ? styles.bad : undefined}>{count(a.rejected)}</td>
              <td>{a.outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
