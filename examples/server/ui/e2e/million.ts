import { Readable } from "node:stream";
import { admin, call } from "./server";

export const artifact = "Windows.System.Pslist";
/** How many programs there are, whose names are program0.exe and so on, and on how many hosts. */
export const programs = 300;
export const hosts = 250;

/** Processes, as JSON Lines. */
function* processes(rows: number) {
  for (let first = 0; first < rows; first += 1000) {
    let text = "";
    for (let i = first; i < Math.min(first + 1000, rows); i++) {
      const program = `program${i % programs}.exe`;
      const row = {
        Pid: i % 4000, Ppid: i % 97, Name: program, CommandLine: `C:\\Windows\\System32\\${program} -k ${i}`,
        Exe: `C:\\Windows\\System32\\${program}`, Username: i % 5 ? "NT AUTHORITY\\SYSTEM" : `CORP\\user${i % 40}`,
        CreateTime: new Date(1_795_000_000_000 + i * 1000).toISOString(), Hash: { SHA256: (i % programs).toString(16).padStart(64, "0") },
        ClientId: "C." + (i % hosts).toString(16).padStart(16, "0"), FlowId: "F.MANY",
      };
      text += JSON.stringify(row) + "\n";
    }
    yield Buffer.from(text);
  }
}

/** Brings so many rows in, streamed as Velociraptor would. */
export async function ingestProcesses(url: string, rows: number) {
  const { access_token: token } = await call<{ access_token: string }>(url, "/api/auth/login", "", admin);
  const request: RequestInit & { duplex: "half" } = {
    method: "POST", duplex: "half", body: Readable.toWeb(Readable.from(processes(rows))) as ReadableStream,
    headers: { Authorization: "Bearer " + token, "Content-Type": "application/x-ndjson" },
  };
  const taken = await fetch(`${url}/api/ingestion/ingest?artifact=${artifact}`, request);
  if (!taken.ok) throw new Error(await taken.text());
}
