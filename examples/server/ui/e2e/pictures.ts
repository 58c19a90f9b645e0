import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { loggedIn, openBrowser } from "./browser";
import { admin, call, startServer } from "./server";

// Takes pictures of the screens: those of the README, or with PICTURES=folder all of them in both sizes and colours, to be
// looked at.

let browser: Browser;
let server: Awaited<ReturnType<typeof startServer>>;
const beacon = "203.0.113.66";
const sha256 = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f";
const lists = `list=${encodeURIComponent(`${beacon.replaceAll(".", "[.]")} # its server\n${sha256}\n198.51.100.23\nevil.example`)}`;
let host = "";

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
  const { access_token: token } = await call<{ access_token: string }>(server.url, "/api/auth/login", "", admin);
  const zip = readFileSync(join("..", "..", "..", "ingest", "velociraptor", "testdata", "huntC-full-json.zip"));
  const headers = { Authorization: "Bearer " + token };
  const taken = await fetch(server.url + "/api/ingestion/ingest", { method: "POST", headers: { ...headers, "Content-Type": "application/zip" }, body: zip });
  if (!taken.ok) throw new Error(await taken.text());
  await fetch(server.url + "/api/watchlists?name=Beacon", { method: "POST", headers: { ...headers, "Content-Type": "text/plain" }, body: `${beacon}\n${sha256}\n` });
  await call(server.url, "/api/hunt/saved", token, { name: "Programs in /var/tmp", kind: "search", question: { query: "Exe: /var/tmp/*" } });
  const hosts = (await (await fetch(server.url + "/api/hosts?name=web01", { headers })).json()) as { id: string }[];
  host = hosts[0]?.id ?? "";
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Where each picture is taken, and what is done there first. */
const screens: Record<string, { at: () => string; then?: (page: Page) => Promise<void> }> = {
  overview: { at: () => "/" },
  rows: { at: () => "/artifacts/Linux.Sys.Pslist" },
  stack: { at: () => "/artifacts/Linux.Sys.Pslist", then: stack },
  pivot: { at: () => "/pivot?value=" + sha256 },
  sweep: { at: () => "/sweep?" + lists },
  timeline: { at: () => `/hosts/${host}?tab=timeline` },
  diff: { at: () => "/diff" },
  saved: { at: () => "/saved" },
  watchlists: { at: () => "/watchlists" },
  sightings: { at: () => "/sightings" },
  artifacts: { at: () => "/artifacts" },
  search: { at: () => "/search?query=kworkerds" },
  hosts: { at: () => "/hosts" },
  host: { at: () => "/hosts/" + host },
  collections: { at: () => "/collections" },
  ingest: { at: () => "/ingest" },
  virustotal: { at: () => "/virustotal" },
  admin: { at: () => "/admin" },
  account: { at: () => "/account" },
};
const readme = ["overview", "rows", "stack", "pivot", "sweep", "timeline"];

async function stack(page: Page) {
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByRole("menuitem", { name: "Stack" }).click();
  await page.getByRole("dialog").getByText("kworkerds").waitFor();
}

async function take(folder: string, names: string[], colorScheme: "dark" | "light", width: number, height: number, suffix: string) {
  mkdirSync(folder, { recursive: true });
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const { page } = await loggedIn(context, server.url);
  const base = page.url().replace(/\/$/, "");
  for (const name of names) {
    const screen = screens[name]!;
    await page.goto(base + screen.at());
    await page.waitForLoadState("networkidle");
    await screen.then?.(page).catch((error) => console.error(name, String(error)));
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, name + suffix + ".png") });
  }
  await context.close();
}

test("pictures", async () => {
  const folder = process.env["PICTURES"];
  if (!folder) return take(join("..", "..", "..", "docs", "pictures"), readme, "dark", 1440, 900, "");
  for (const colour of ["dark", "light"] as const) {
    await take(folder, Object.keys(screens), colour, 1440, 900, `-${colour}`);
    await take(folder, Object.keys(screens), colour, 390, 844, `-${colour}-small`);
  }
});
