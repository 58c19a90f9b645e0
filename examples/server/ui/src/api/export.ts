import { useEffect, useRef, useState } from "react";
import { notice } from "../components/Notices";
import { apiURL } from "../lib/config";
import { save } from "../lib/export";
import { asProblem, isAbort, problemOf } from "./problem";
import type { Question } from "./search";
import { session } from "./session";

/** A file that the server makes of an answer. */
export type Export = { label: string; file: string; type: "text/csv" | "application/x-ndjson"; question: Question & { columns?: string[] } };

/** Makes one export at a time; running is how many bytes of it have come. A part of an export is never saved. */
export function useExport() {
  const [running, setRunning] = useState<number | undefined>();
  const control = useRef<AbortController>(undefined);
  useEffect(() => () => control.current?.abort(), []);
  const start = async (one: Export) => {
    control.current = new AbortController();
    setRunning(0);
    try {
      save(one.file, one.type, await download(one, control.current.signal, setRunning));
    } catch (error) {
      notice(isAbort(error) ? "The export was cancelled" : "The export failed: " + asProblem(error).message);
    }
    setRunning(undefined);
  };
  return { running, start, cancel: () => control.current?.abort() };
}

async function download({ type, question }: Export, signal: AbortSignal, came: (bytes: number) => void): Promise<Blob> {
  const headers = { Accept: type, "Content-Type": "application/json" };
  const response = await session.fetch(new Request(apiURL + "/api/hunt/search", { method: "POST", headers, body: JSON.stringify(question), signal }));
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => undefined));
  let bytes = 0;
  let shown = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      out.enqueue(chunk);
      bytes += chunk.length;
      if (performance.now() - shown < 200) return;
      shown = performance.now();
      came(bytes);
    },
  });
  return new Response(response.body?.pipeThrough(counting)).blob();
}
