import AxeBuilder from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { loggedIn, openBrowser } from "./browser";
import { admin, call, startServer } from "./server";

/** A row of an endpoint that wants to be more than text. */
export const hostile = {
  Name: "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>",
  Formula: "=cmd|'/c calc'!A1",
  Turned: "invoice\u202Efdp.exe",
  Long: "A".repeat(1 << 20),
  Time: "2026-11-20T10:00:00Z",
};

type Stage = { browser: Browser; url: string; token: string; otherToken: string; context: BrowserContext; page: Page; wrong: string[] };

/** What the tests of a file share: a server with the demo hunt, a hostile row and another tenant, and for each test a page. */
export function onStage(): Stage {
  const stage = {} as Stage;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const [browser, server] = await Promise.all([openBrowser(), startServer()]);
    stop = server.stop;
    Object.assign(stage, { browser, url: server.url });
    stage.token = (await call<{ access_token: string }>(stage.url, "/api/auth/login", "", admin)).access_token;
    await call(stage.url, "/api/ingestion/ingest", stage.token, { hostname: "hostile01", artifact: "Custom.Hostile", rows: [hostile] });
    const other = await call<{ id: string }>(stage.url, "/api/tenants", stage.token, { name: "other <b>tenant</b>" });
    stage.otherToken = (await call<{ access_token: string }>(stage.url, "/api/auth/switch", stage.token, { tenant_id: other.id })).access_token;
    await call(stage.url, "/api/ingestion/ingest", stage.otherToken, { hostname: "only-in-other", artifact: "Custom.Other", rows: [{ Address: "203.0.113.66", Time: "2026-11-20T10:00:00Z" }] });
  });
  afterAll(async () => {
    await stage.browser?.close();
    await stop?.();
  });
  beforeEach(async () => {
    stage.context = await stage.browser.newContext({ viewport: { width: 1440, height: 900 } });
    Object.assign(stage, await loggedIn(stage.context, stage.url));
  });
  afterEach(async () => {
    expect(await stage.page.evaluate(() => "hacked" in window)).toBe(false);
    expect(stage.wrong).toEqual([]);
    await stage.context.close();
  });
  return stage;
}

/** Opens a page from the rail. */
export async function open(page: Page, name: string) {
  await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
}

/** Opens the rows of an artifact. */
export async function browse(page: Page, artifact: string, search = "") {
  const { origin, pathname } = new URL(page.url());
  await page.goto(`${origin}${pathname.match(/^\/t\/[^/]+/)![0]}/artifacts/${artifact}${search}`);
  await page.getByRole("gridcell").first().waitFor();
}

/** Waits until a table says how many rows it has. */
export const total = (page: Page, text: string) => page.getByText(text, { exact: true }).waitFor();

/** Goes into the other tenant. */
export async function enterOther(page: Page) {
  await page.getByRole("button", { name: /^Tenant default/ }).click();
  await page.getByRole("menuitem", { name: "other" }).click();
  await page.getByRole("button", { name: "Tenant other" }).waitFor();
}

/** Holds that axe finds nothing serious. */
export async function accessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`)).toEqual([]);
}
