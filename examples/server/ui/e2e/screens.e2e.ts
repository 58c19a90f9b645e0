import { expect, test } from "vitest";
import { loggedIn } from "./browser";
import { admin, call } from "./server";
import { accessible, enterOther, hostile, onStage, open } from "./stage";
import { files } from "./virustotal";

const stage = onStage();

test.each(["Overview", "Artifacts", "Hosts", "Collections", "Ingest", "VirusTotal", "Administration", "Account"])("%s opens and is accessible", async (name) => {
  const { page } = stage;
  await open(page, name);
  await page.waitForLoadState("networkidle");
  await accessible(page);
});

test.each(["invites", "tenants", "tokens", "audit"])("the administration of %s is accessible", async (tab) => {
  const { page } = stage;
  await open(page, "Administration");
  await page.getByRole("tab", { name: tab }).click();
  await page.waitForLoadState("networkidle");
  await accessible(page);
});

test("rows are read with the keyboard, and a link opens the same view", async () => {
  const { page } = stage;
  await open(page, "Artifacts");
  await page.getByRole("link", { name: "Linux.Sys.Pslist" }).click();
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).waitFor();
  await accessible(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("Hash.SHA256").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.goto(page.url());
  await page.getByRole("heading", { name: "Linux.Sys.Pslist" }).waitFor();
});

test("a hostile row is text in the table, in its drawer and in its collection", async () => {
  const { page } = stage;
  await open(page, "Artifacts");
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
  await open(page, "Collections");
  await page.getByRole("row").filter({ hasText: "Custom.Hostile" }).getByRole("link").last().click();
  await seen();
});

test("a file that is dropped is accounted for", async () => {
  const { page } = stage;
  await open(page, "Ingest");
  const rows = Buffer.from('{"Name":"a"}\n{"Name":"b"}\n');
  await page.getByText("Tables that do not say").click();
  await page.getByLabel("Artifact").fill("Custom.Dropped");
  await page.getByLabel("Host", { exact: true }).fill("dropped01");
  await page.getByLabel("Files", { exact: true }).setInputFiles({ name: "rows.jsonl", mimeType: "application/x-ndjson", buffer: rows });
  await page.getByRole("cell", { name: "Custom.Dropped" }).waitFor();
  await accessible(page);
});

test("two browsers in two tenants never see each other's data", async () => {
  const { page } = stage;
  const second = await stage.browser.newContext();
  const { page: elsewhere, wrong: wrongThere } = await loggedIn(second, stage.url);
  await enterOther(elsewhere);
  for (const [tab, mine, foreign] of [
    [page, "web01.corp.example", "only-in-other"],
    [elsewhere, "only-in-other", "web01.corp.example"],
  ] as const) {
    await open(tab, "Hosts");
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
  const { page } = stage;
  await open(page, "Administration");
  await page.getByRole("tab", { name: "tenants" }).click();
  await page.getByLabel("New tenant").fill("typed before");
  await stage.context.clearCookies();
  await page.route("**/api/tenants", (route) => route.fulfill({ status: 401, json: { title: "Unauthorized", status: 401 } }), { times: 1 });
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Password" }).fill(admin.password);
  await page.getByRole("dialog").getByRole("button", { name: "Log in" }).click();
  await page.getByText("You may enter 3").waitFor();
});

test("the overview and the page of VirusTotal tell what was looked up, each file once", async () => {
  const { page } = stage;
  for (const hash of [files.malicious.md5, files.malicious.sha256, files.hostile.md5, files.clean.sha256]) await call(stage.url, "/api/vt/lookup", stage.token, { hash });
  await page.reload();
  await page.getByRole("link", { name: "1 malicious" }).waitFor();
  await page.getByRole("link", { name: "<b>setup</b>.exe" }).waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "1 suspicious" }).click();
  await page.getByRole("gridcell").filter({ hasText: "<b>setup</b>.exe" }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  await accessible(page);
  await page.getByRole("link", { name: files.hostile.sha256 }).click();
  await page.getByText("1 of 70 engines calls this file malicious or suspicious").waitFor();
  await enterOther(page);
  await open(page, "VirusTotal");
  await page.getByRole("heading", { name: "Look up a hash" }).waitFor();
});

test("a page that could not be loaded comes when it is tried again", async () => {
  const { page } = stage;
  await page.route("**/assets/collections-*", (route) => route.abort());
  await page.getByRole("navigation").getByRole("link", { name: "Collections", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "could not be reached" }).waitFor();
  await page.unroute("**/assets/collections-*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Collections", exact: true, level: 1 }).waitFor();
});

test("a grant is given for as long as was chosen", async () => {
  const { page } = stage;
  const { invite } = await call<{ invite: string }>(stage.url, "/api/auth/invites", stage.otherToken, { role: "user", expires_in_minutes: 60 });
  const { id } = await call<{ id: string }>(stage.url, "/api/auth/register", "", { username: "elsewhere", password: admin.password, invite });
  await open(page, "Administration");
  await page.getByRole("tab", { name: "tenants" }).click();
  await page.getByLabel("Let in a user of another tenant").fill(id);
  await page.getByRole("combobox", { name: "For" }).click();
  await page.getByRole("option", { name: "a week" }).click();
  const answered = page.waitForResponse((response) => response.request().method() === "POST" && response.url().endsWith("/grants"));
  await page.getByRole("button", { name: "Grant", exact: true }).click();
  const { expires_at } = (await (await answered).json()) as { expires_at: string };
  expect(Math.round((Date.parse(expires_at) - Date.now()) / 86_400_000)).toBe(7);
});

test("an invite is not in the address any more once it is used", async () => {
  const { invite } = await call<{ invite: string }>(stage.url, "/api/auth/invites", stage.token, { role: "user", expires_in_minutes: 60 });
  const context = await stage.browser.newContext();
  const page = await context.newPage();
  await page.goto(`${stage.url}/?invite=${encodeURIComponent(invite)}`);
  await page.getByLabel("Username").fill("invited");
  await page.getByRole("textbox", { name: "Password" }).fill(admin.password);
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  expect(page.url()).not.toContain("invite");
  await context.close();
});

test("⌘K leads anywhere", async () => {
  const { page } = stage;
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("pslist");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Linux.Sys.Pslist" }).waitFor();
});
