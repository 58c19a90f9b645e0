import { Badge } from "./Badge";

const tones: Record<string, "good" | "warn" | "plain"> = { complete: "good", partial: "warn", duplicate: "plain" };

/** Whether a collection is all there. */
export function Status({ status }: { status: string }) {
  return <Badge tone={tones[status] ?? "plain"}>{status}</Badge>;
}
