import type { Schemas } from "../api/client";
import { bytes, counted } from "../lib/format";
import { Badge } from "./Badge";
import { Text } from "./Text";
import styles from "./Scanned.module.css";

/** How much was looked at for an answer, and what it lacks. */
export function Scanned({ account }: { account: { scanned: Schemas["Scanned"]; complete: boolean; reason?: string } | undefined }) {
  if (!account) return null;
  const { scanned: s } = account;
  return (
    <span className={styles.scanned}>
      {!account.complete && (
        <span role="alert" className={styles.incomplete}>
          <Badge tone="warn">Not complete</Badge> <Text value={account.reason ?? "The server does not say why."} />
        </span>
      )}
      <span title={`${counted(s.chunks, "chunk")}, ${bytes(s.bytes)} read`}>
        {counted(s.rows, "row")} of {counted(s.hosts, "host")} looked at in {s.milliseconds < 1 ? "under 1" : s.milliseconds} ms
      </span>
    </span>
  );
}
