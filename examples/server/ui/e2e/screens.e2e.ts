import AxeBuilder from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { loggedIn, openBrowser } from "./browser";
import { admin, call, startServer } from "./server";

// A row of an endpoint that wants to be more than text.
const hostile = { Name: "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>", Formula: "=cmd|'/c calc'!A1", Turned: "invoice\u202Efdp.exe", Long: "A".repeat(1 << 20) };

let browser: Browser;
let server: Awaited<ReturnType<typeof startServer>>;
let other: string;
let context: BrowserContext;
let page: Page;
let wrong: string[];

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
  const { access_token: token } = await call<{ access_token: string }>(server.url, "/api/auth/login", "", admin);
  await call(server.url, "/api/ingestion/ingest", token, { hostname: "hostile01", artifact: "Custom.Hostile", rows: [hostile] });
  other = (await call<{ id: string }>(server.url, "/api/tenants", token, { name: "other <b>tenant</b>" })).id;
  const inOther = await call<{ access_token: string }>(server.url, "/api/auth/switch", token, { tenant_id: other });
  await call(server.url, "/api/ingestion/ingest", inOther.access_token, { hostname: "only-in-other", artifact: "Custom.Other", rows: [{ Secret: "of the other tenant" }] });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  ({ page, wrong } = await loggedIn(context, server.url));
});

afterEach(async () => {
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  expect(wrong).toEqual([]);
  await context.close();
});

async function open(name: string) {
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
}

async function accessible() {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)).toEqual([]);
}

test.each(["Overview", "Artifacts", "Hosts", "Collections", "Ingest", "VirusTotal", "Administration", "Account"])("%s opens and is accessible", async (name) => {
  await open(name);
  await page.waitForLoadState("networkidle");
  await accessible();
});

test.each(["invites", "tenants", "tokens", "audit"])("the administration of %s is accessible", async (tab) => {
  await open("Administration");
  await page.getByRole("tab", { name: tab }).click();
  await page.waitForLoadState("networkidle");
  await accessible();
});

test("rows are read with the keyboard, and a link opens the same view", async () => {
  await open("Artifacts");
  await page.getByRole("link", { name: "Linux.Sys.Pslist" }).click();
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).waitFor();
  await accessible();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("Hash.SHA256").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.goto(page.url());
  await page.getByRole("heading", { name: "Linux.Sys.Pslist" }).waitFor();
});

test("a hostile row is text in the table, in its drawer and in its collection", async () => {
  await open("Artifacts");
  await page.getByRole("link", { name: "Custom.Hostile" }).click();
  const seen = async () => {
    await page.getByRole("gridcell").filter({ hasText: hostile.Name }).waitFor();
    await page.getByRole("gridcell").filter({ hasText: hostile.Formula }).waitFor();
    await page.getByRole("gridcell").filter({ hasText: "invoiceU+202Efdp.exe" }).waitFor();
    await page.getByRole("gridcell").filter({ hasText: "1.0 MB" }).waitFor();
  };
  await seen();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show all 1.0 MB" }).click();
  await expect.poll(() => page.getByRole("dialog").innerText().then((text) => text.length)).toBeGreaterThan(1 << 20);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await open("Collections");
  await page.getByRole("row").filter({ hasText: "Custom.Hostile" }).getByRole("link").last().click();
  await seen();
});

test("a file that is dropped is accounted for", async () => {
  await open("Ingest");
  const rows = Buffer.from('{"Name":"a"}\n{"Name":"b"}\n');
  await page.getByText("Tables that do not say").click();
  await page.getByLabel("Artifact").fill("Custom.Dropped");
  await page.getByLabel("Host", { exact: true }).fill("dropped01");
  await page.getByLabel("Files", { exact: true }).setInputFiles({ name: "rows.jsonl", mimeType: "application/x-ndjson", buffer: rows });
  await page.getByRole("cell", { name: "Custom.Dropped" }).waitFor();
  await accessible();
});

test("two browsers in two tenants never see each other's data", async () => {
  const second = await browser.newContext();
  const { page: elsewhere, wrong: wrongThere } = await loggedIn(second, server.url);
  await elsewhere.getByRole("button", { name: /^Tenant default/ }).click();
  await elsewhere.getByRole("menuitem", { name: "other <b>tenant</b>" }).click();
  await elsewhere.getByRole("button", { name: "Tenant other" }).waitFor();
  expect(elsewhere.url()).toContain(other);
  for (const [tab, mine, foreign] of [
    [page, "web01.corp.example", "only-in-other"],
    [elsewhere, "only-in-other", "web01.corp.example"],
  ] as const) {
    await tab.getByRole("navigation").getByRole("link", { name: "Hosts", exact: true }).click();
    await tab.getByRole("link", { name: mine }).waitFor();
    expect(await tab.getByText(foreign).count()).toBe(0);
  }
  const theirs = await elsewhere.getByRole("link", { name: "only-in-other" }).getAttribute("href");
  const id = theirs!.split("/").at(-1)!;
  await page.goto(page.url() + "/" + id);
  await page.getByRole("alert").waitFor();
  expect(await page.getByText("only-in-other").count()).toBe(0);
  expect(wrongThere).toEqual([]);
  await second.close();
});

test("an expired session asks for the password over the page, and nothing typed is lost", async () => {
  await open("Administration");
  await page.getByRole("tab", { name: "tenants" }).click();
  await page.getByLabel("New tenant").fill("typed before");
  await context.clearCookies();
  await page.route("**/api/tenants", (route) => route.fulfill({ status: 401, json: { title: "Unauthorized", status: 401 } }), { times: 1 });
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Password" }).fill(admin.password);
  await page.getByRole("dialog").getByRole("button", { name: "Log in" }).click();
  await page.getByText("You may enter 3").waitFor();
});

test("⌘K leads anywhere", async () => {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("pslist");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Linux.Sys.Pslist" }).waitFor();
});
