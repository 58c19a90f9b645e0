import type { Schemas } from "../api/client";
import { Badge } from "./Badge";

export const verdicts = ["malicious", "suspicious", "clean", "unknown"] as const;
export type VerdictName = Schemas["Verdict"]["verdict"];

const tones = { malicious: "bad", suspicious: "warn", clean: "good", unknown: "plain" } as const;

/** What VirusTotal said of a file, in a word. */
export function VerdictBadge({ verdict }: { verdict: VerdictName }) {
  return <Badge tone={tones[verdict]}>{verdict}</Badge>;
}
