import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startVirusTotal } from "./virustotal";

export const admin = { username: "admin", password: "correct-horse-battery" };

/** A reference server of its own, with the demo hunt and a VirusTotal, in a folder that goes with it. */
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "velocicompanion-ui-"));
  const binary = join(folder, "server");
  execFileSync("go", ["build", "-o", binary, ".."], { stdio: "inherit" });
  const [port, source] = await Promise.all([freePort(), startVirusTotal()]);
  const child = spawn(binary, ["-demo"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LISTEN_ADDR: `127.0.0.1:${port}`, DATABASE_URL: `sqlite://${folder}/e2e.db`, ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password, VT_API_KEY: "key", VT_API_URL: source.url },
  });
  await new Promise<void>((ready, failed) => {
    child.stdout.on("data", (text: Buffer) => text.includes("answers on") && ready());
    child.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    source.stop();
    rmSync(folder, { recursive: true });
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as { port: number };
      listener.close(() => resolve(port));
    });
  });
}

/** Asks the API directly, to set up what a test looks at. */
export async function call<T>(url: string, path: string, token: string, body: unknown): Promise<T> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: "Bearer " + token }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
