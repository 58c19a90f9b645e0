import { apiURL } from "../lib/config";
import type { Schemas } from "./client";
import { Problem, problemOf, unreachable } from "./problem";
import { session } from "./session";

export type Ingested = Schemas["Ingested"];
type Options = { password?: string; query: Record<string, string>; signal: AbortSignal; progress: (part: number) => void };

const tables: [RegExp, string][] = [
  [/\.(jsonl|ndjson)$/i, "application/x-ndjson"],
  [/\.json$/i, "application/json"],
  [/\.csv$/i, "text/csv"],
];

/** The media type that a file is sent as: a table by its name, everything else as a container. */
export function mediaType(name: string): string {
  return tables.find(([ending]) => ending.test(name))?.[1] ?? "application/zip";
}

/** Whether a file is sent as rows, which have to be told of which artifact and host they are where they do not say. */
export function isTable(name: string): boolean {
  return tables.some(([ending]) => ending.test(name));
}

/** Whether a name is one of what can be ingested, as far as names tell. */
export function canBeIngested(name: string): boolean {
  return isTable(name) || /\.zip$/i.test(name);
}

/** Sends a file to be ingested; again where its token was refused, with one that is not. */
export async function upload(file: File, options: Options): Promise<Ingested> {
  const token = await session.fresh();
  try {
    return await send(file, options, token);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error;
    session.refused(token);
    return send(file, options, await session.fresh());
  }
}

/** XMLHttpRequest tells how much has gone, which fetch does not. */
function send(file: File, options: Options, token: string): Promise<Ingested> {
  return new Promise((resolve, reject) => {
    const cancelled = () => reject(new Problem(-1, "Cancelled", "Nothing of this file was kept."));
    if (options.signal.aborted) return cancelled();
    const request = new XMLHttpRequest();
    const query = new URLSearchParams(options.query).toString();
    request.open("POST", `${apiURL}/api/ingestion/ingest${query && "?" + query}`);
    request.setRequestHeader("Authorization", "Bearer " + token);
    request.setRequestHeader("Content-Type", mediaType(file.name));
    if (options.password) request.setRequestHeader("X-Container-Password", options.password);
    request.upload.onprogress = (event) => options.progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as Ingested);
      else reject(problemOf(request.status, body));
    };
    request.onerror = () => reject(unreachable("the connection broke"));
    request.onabort = cancelled;
    options.signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
