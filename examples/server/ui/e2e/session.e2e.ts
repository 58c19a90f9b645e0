import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { admin, call } from "./server";
import { accessible, enterOther, onStage, open } from "./stage";

const stage = onStage();
const bob = { username: "bob", password: "correct-horse-battery" };

beforeAll(async () => {
  const { invite } = await call<{ invite: string }>(stage.url, "/api/auth/invites", stage.otherToken, { role: "user" });
  await call(stage.url, "/api/auth/register", "", { ...bob, invite });
});

/** Ends the session of the browser as a server does, so that no tab hears of it. */
const endSession = (page: Page) =>
  page.evaluate(async () => {
    await fetch("/api/auth/logout", { method: "POST", headers: { "X-Refresh": "cookie" } });
  });

async function logIn(page: Page, user: typeof bob) {
  await page.getByLabel("Username").fill(user.username);
  await page.getByRole("textbox", { name: "Password" }).fill(user.password);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function logOut(page: Page) {
  await page.getByRole("button", { name: /^Tenant / }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
}

/** What is in the other tenant, where nothing of this page may get to. */
const inOther = async (path: string) => (await fetch(stage.url + path, { headers: { Authorization: "Bearer " + stage.otherToken } })).text();

/** Logs in as somebody else in another tab, where the session of the first has ended. */
async function takeOver() {
  await endSession(stage.page);
  const second = await stage.context.newPage();
  await second.goto(stage.url + "/");
  await logIn(second, bob);
  await second.getByRole("button", { name: "Tenant other" }).waitFor();
}

async function fillWatchlist(name: string) {
  const { page } = stage;
  await open(page, "Watchlists");
  await page.getByRole("button", { name: "New" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill(name);
  await page.getByRole("dialog").getByRole("textbox", { name: "Indicators" }).fill("192.0.2.1");
}

const somebodyElse = () => stage.page.getByRole("heading", { name: "Somebody else is logged in" }).waitFor();

test("a tab shows nothing of whoever logged in in another tab, says who it is, and goes on as them when told to", async () => {
  const { page } = stage;
  await takeOver();
  await page.getByRole("navigation").getByRole("link", { name: "Hosts", exact: true }).click();
  await somebodyElse();
  await accessible(page);
  expect(await page.getByText("only-in-other").count()).toBe(0);
  await page.getByRole("link", { name: "Go on as" }).click();
  await page.getByRole("button", { name: "Tenant other" }).waitFor();
});

test("what is sent after somebody else logged in in another tab is not made in their tenant", async () => {
  const { page } = stage;
  await fillWatchlist("of default alone");
  await takeOver();
  await page.getByRole("dialog").getByRole("button", { name: "Watch for them" }).click();
  await somebodyElse();
  expect(await inOther("/api/watchlists")).not.toContain("of default alone");
  await logIn(page, admin);
  await page.getByRole("button", { name: "Tenant default" }).waitFor();
});

test("what waits for the password is not made in the tenant of somebody else who gives theirs", async () => {
  const { page } = stage;
  await fillWatchlist("of default alone");
  await endSession(page);
  await page.getByRole("dialog").getByRole("button", { name: "Watch for them" }).click();
  await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  await logIn(page, bob);
  await somebodyElse();
  expect(await inOther("/api/watchlists")).not.toContain("of default alone");
});

test("switches of tenants and going back twice at once end in one tenant, with its rows", async () => {
  const { page, context } = stage;
  await open(page, "Hosts");
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
  await context.route("**/api/**", (route) => new Promise((resolve) => setTimeout(resolve, 150)).then(() => route.continue()).catch(() => undefined));
  await enterOther(page);
  await page.getByRole("link", { name: "only-in-other" }).waitFor();
  await page.getByRole("button", { name: /^Tenant other/ }).click();
  await page.getByRole("menuitem", { name: "default" }).click();
  await page.getByRole("button", { name: "Tenant default" }).waitFor();
  await page.goBack({ waitUntil: "domcontentloaded" });
  await page.goBack({ waitUntil: "domcontentloaded" });
  await page.getByRole("button", { name: "Tenant default" }).waitFor();
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
  expect(await page.getByText("only-in-other").count()).toBe(0);
  await page.goForward();
  await page.getByRole("button", { name: "Tenant other" }).waitFor();
  await page.getByRole("link", { name: "only-in-other" }).waitFor();
  expect(await page.getByText("web01.corp.example").count()).toBe(0);
});

test("files that wait are dropped when somebody logs out, and every tab leaves for the login", async () => {
  const { page, context } = stage;
  const second = await context.newPage();
  await second.goto(page.url());
  await second.getByRole("heading", { name: "Overview" }).waitFor();
  await open(page, "Ingest");
  await page.route("**/api/ingestion/ingest*", () => undefined);
  const file = (n: number) => ({ name: `secret${n}.jsonl`, mimeType: "application/x-ndjson", buffer: Buffer.from(`{"A":${n}}\n`) });
  await page.getByText("Tables that do not say").click();
  await page.getByLabel("Artifact").fill("Default.Secret");
  await page.getByLabel("Host", { exact: true }).fill("secret02");
  await page.getByLabel("Files", { exact: true }).setInputFiles([1, 2, 3, 4, 5].map(file));
  await page.getByText("waiting", { exact: true }).first().waitFor();
  await logOut(page);
  await page.unroute("**/api/ingestion/ingest*");
  await second.getByRole("button", { name: "Log in" }).waitFor();
  await logIn(page, bob);
  await page.getByRole("button", { name: "Tenant other" }).waitFor();
  await open(page, "Ingest");
  expect(await page.getByText("secret1.jsonl").count()).toBe(0);
  expect(await inOther("/api/hosts")).not.toContain("secret02");
});

test("the next user lands at home, and from a tenant that is not theirs there is a way on", async () => {
  const { page } = stage;
  const ours = page.url();
  await logOut(page);
  await logIn(page, bob);
  await page.getByRole("button", { name: "Tenant other" }).waitFor();
  await page.goto(ours);
  await page.getByRole("heading", { name: "You cannot enter this tenant" }).waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "other" }).click();
  await page.getByRole("button", { name: "Tenant other" }).waitFor();
  await page.goto(ours);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
});
