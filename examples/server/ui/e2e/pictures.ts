import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { loggedIn, openBrowser } from "./browser";
import { admin, call, startServer } from "./server";
import { files } from "./virustotal";

// Takes pictures of the screens: those of the README, or with PICTURES=folder all of them in both sizes and colours, to be
// looked at.

let browser: Browser;
let server: Awaited<ReturnType<typeof startServer>>;
const beacon = "203.0.113.66";
const sha256 = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f";
const lists = `list=${encodeURIComponent(`${beacon.replaceAll(".", "[.]")} # its server\n${sha256}\n198.51.100.23\nevil.example`)}`;
// Where the screens of one thing are.
const of = { host: "", collection: "", watchlist: "", saved: "" };
const tasks = "Windows.System.TaskScheduler";

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
  const { access_token: token } = await call<{ access_token: string }>(server.url, "/api/auth/login", "", admin);
  const zip = readFileSync(join("..", "..", "..", "ingest", "velociraptor", "testdata", "huntC-full-json.zip"));
  const headers = { Authorization: "Bearer " + token };
  const taken = await fetch(server.url + "/api/ingestion/ingest", { method: "POST", headers: { ...headers, "Content-Type": "application/zip" }, body: zip });
  if (!taken.ok) throw new Error(await taken.text());
  const watched = await fetch(server.url + "/api/watchlists?name=Beacon", { method: "POST", headers: { ...headers, "Content-Type": "text/plain" }, body: `${beacon}\n${sha256}\n${"x".repeat(20)} y\n` });
  of.watchlist = ((await watched.json()) as { id: string }).id;
  of.saved = (await call<{ id: string }>(server.url, "/api/hunt/saved", token, { name: "Programs in /var/tmp", kind: "search", question: { query: "Exe: /var/tmp/*" } })).id;
  await call(server.url, `/api/hunt/saved/${of.saved}/run`, token, undefined);
  for (const hash of [files.clean.sha256, files.suspicious.sha256, "b23a6a8439c0dde5515893e7c90c1e3233b8616e634470f20dc4928bcf3609bc", sha256]) await call(server.url, "/api/vt/lookup", token, { hash });
  const task = (name: string, command: string) => ({ OSPath: "C:\\Windows\\System32\\Tasks\\" + name, Command: command, Arguments: "-NoProfile", UserId: "S-1-5-18" });
  const was = [task("Microsoft\\Windows\\Defrag\\ScheduledDefrag", "%windir%\\system32\\defrag.exe"), task("Backup", "C:\\Tools\\backup.exe")];
  const is = [was[0]!, task("Backup", "C:\\Users\\Public\\backup.exe"), task("Updater", "powershell.exe -enc " + "SQBFAFgA".repeat(30))];
  for (const hostname of ["ws-fin-07.corp.example", "ws-fin-08.corp.example", "a-server-with-a-rather-long-name-01.branch.corp.example"]) {
    await call(server.url, "/api/ingestion/ingest", token, { hostname, artifact: tasks, flow_id: "F.MONDAY.H", rows: was });
    await call(server.url, "/api/ingestion/ingest", token, { hostname, artifact: tasks, flow_id: "F.TUESDAY.H", rows: is });
  }
  const get = async <T>(path: string) => (await (await fetch(server.url + path, { headers })).json()) as T;
  of.host = (await get<{ id: string }[]>("/api/hosts?name=web01"))[0]!.id;
  of.collection = (await get<{ id: string }[]>("/api/collections?artifact=Linux.Sys.Pslist"))[0]!.id;
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
  timeline: { at: () => `/hosts/${of.host}?tab=timeline` },
  row: { at: () => "/artifacts/Linux.Sys.Pslist", then: openRow },
  menu: { at: () => "/artifacts/Linux.Sys.Pslist", then: openMenu },
  diff: { at: () => "/diff" },
  differences: { at: () => `/diff?artifact=${tasks}&before=hunt:H.MONDAY&after=hunt:H.TUESDAY&key=${encodeURIComponent('["OSPath"]')}` },
  changes: { at: () => `/diff?artifact=${tasks}&before=hunt:H.MONDAY&after=hunt:H.TUESDAY&key=${encodeURIComponent('["OSPath"]')}&view=changed` },
  saved: { at: () => "/saved" },
  savedhunt: { at: () => "/saved/" + of.saved },
  watchlists: { at: () => "/watchlists" },
  watchlist: { at: () => "/watchlists/" + of.watchlist },
  unreadable: { at: () => `/watchlists/${of.watchlist}?view=invalid` },
  sightings: { at: () => "/sightings" },
  artifacts: { at: () => "/artifacts" },
  search: { at: () => "/search?query=kworkerds" },
  hosts: { at: () => "/hosts" },
  host: { at: () => "/hosts/" + of.host },
  collections: { at: () => "/collections" },
  collection: { at: () => "/collections/" + of.collection },
  ingest: { at: () => "/ingest" },
  virustotal: { at: () => "/virustotal" },
  verdict: { at: () => "/virustotal?hash=" + sha256 },
  admin: { at: () => "/admin" },
  audit: { at: () => "/admin?tab=audit" },
  palette: { at: () => "/", then: openPalette },
  account: { at: () => "/account" },
};
const readme = ["overview", "rows", "stack", "pivot", "sweep", "timeline"];

async function stack(page: Page) {
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByRole("menuitem", { name: "Stack" }).click();
  await page.getByRole("dialog").getByText("kworkerds").waitFor();
}

async function openRow(page: Page) {
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).dblclick();
  await page.getByRole("dialog").getByText("Hash.SHA256").waitFor();
}

async function openMenu(page: Page) {
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Copy defanged" }).waitFor();
}

async function openPalette(page: Page) {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("sys");
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
