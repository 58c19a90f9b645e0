import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call } from "./server";
import { accessible, browse, enterOther, hostile, onStage, open, total } from "./stage";

const stage = onStage();

const chips = (page: Page) => page.getByRole("group", { name: "Filters" });

async function exported(page: Page, item: RegExp): Promise<string> {
  await page.getByRole("button", { name: "Export" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: item }).click();
  return readFile((await (await download).path())!, "utf8");
}

test("a query is completed and asked from the keyboard, and is in the address", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  await page.keyboard.press("/");
  await page.keyboard.type("Na");
  await page.getByRole("option", { name: "Name field", exact: true }).waitFor();
  await accessible(page);
  await page.keyboard.press("Tab");
  await expect.poll(() => page.getByRole("combobox", { name: "Query" }).inputValue()).toBe("Name: ");
  await page.keyboard.type("kw");
  await page.getByRole("option", { name: '"kworkerds"' }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await total(page, "1 row");
  await page.getByText(/59 rows of 4 hosts looked at/).waitFor();
  await page.goto(page.url());
  await total(page, "1 row");
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("Hash.SHA256").waitFor();
});

test("a mistake in a query is marked at its place", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist", `?filters=${encodeURIComponent('["Pid: *"]')}`);
  await page.keyboard.press("/");
  await page.keyboard.type("Name: kworkerds and (Pid");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Column 25: expected" }).waitFor();
  await page.getByRole("heading", { name: "The query is not right yet" }).waitFor();
  await accessible(page);
});

test("cells become filters, which are turned round and taken away", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).click();
  await page.getByRole("button", { name: "Only rows with this" }).click();
  await total(page, "1 row");
  await page.getByRole("button", { name: 'Name: "kworkerds"', exact: true }).click();
  await total(page, "58 rows");
  await page.getByRole("gridcell", { name: "nginx", exact: true }).first().click();
  await page.keyboard.press("f");
  await total(page, "6 rows");
  await accessible(page);
  await page.goBack();
  await total(page, "58 rows");
  await page.getByRole("button", { name: 'Take away not Name: "kworkerds"' }).click();
  await total(page, "59 rows");
  await expect.poll(() => chips(page).count()).toBe(0);
});

test("a double click opens the row, where the first one brings a button under the pointer", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  const cell = page.getByRole("gridcell", { name: "kworkerds", exact: true });
  const { width } = (await cell.boundingBox())!;
  await cell.dblclick({ position: { x: width - 10, y: 12 } });
  await page.getByRole("dialog").getByText("Hash.SHA256").waitFor();
  await total(page, "59 rows");
});

test("hosts and times narrow the rows", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  await page.getByRole("button", { name: "Scope" }).click();
  await accessible(page);
  await page.getByRole("textbox", { name: "From" }).fill("2026-11-23 18:25");
  await page.keyboard.press("Enter");
  await chips(page).getByText("from 2026-11-23 18:25:00Z").waitFor();
  await page.getByRole("combobox", { name: "All hosts" }).fill("web01.corp.example");
  await page.keyboard.press("Enter");
  await chips(page).getByText("host web01.corp.example").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Take all away" }).click();
  await total(page, "59 rows");
});

test("how the columns are is remembered for the artifact", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  await page.getByRole("button", { name: "Ppid", exact: true }).click();
  await page.getByRole("menuitem", { name: "Hide" }).click();
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByRole("menuitem", { name: "Pin to the left" }).click();
  await browse(page, "Linux.Sys.Users");
  await browse(page, "Linux.Sys.Pslist");
  await expect.poll(() => page.getByRole("columnheader", { name: "Ppid", exact: true }).count()).toBe(0);
  expect((await page.getByRole("columnheader").allInnerTexts()).slice(0, 2)).toEqual(["Host", "Name"]);
});

test("an export is the whole answer in the columns that are shown", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist", `?filters=${encodeURIComponent('["Name: kworkerds"]')}`);
  await total(page, "1 row");
  const csv = (await exported(page, /CSV/)).trim().split("\n");
  expect(csv).toHaveLength(2);
  expect(csv[0]).toMatch(/^tenant_id,.*,Pid,.*,Name,/);
  expect(csv[1]).toContain("kworkerds");
  const line = JSON.parse(await exported(page, /JSON Lines/)) as { hostname: string; data: { Name: string } };
  expect([line.hostname, line.data.Name]).toEqual(["web01.corp.example", "kworkerds"]);
  await open(page, "Search");
  await page.getByRole("gridcell").first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "CSV, every column of the rows" }).waitFor();
});

test("an export and a question that take long can be cancelled", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  await page.route("**/api/hunt/search", () => {}); // never answered
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: /CSV/ }).click();
  await page.getByRole("button", { name: /^Cancel the export/ }).click();
  await page.getByText("The export was cancelled").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("x");
  const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/api/hunt/search"));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await ended;
  await page.getByRole("alert").filter({ hasText: "Cancelled" }).waitFor();
});

test("an answer that is not complete says why", async () => {
  const { page } = stage;
  await page.route("**/api/hunt/search", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), complete: false, reason: "a <b>limit</b> was met" } });
  });
  await browse(page, "Linux.Sys.Pslist");
  await page.getByRole("alert").filter({ hasText: "a <b>limit</b> was met" }).waitFor();
});

test("any of many rows is reached by the keyboard and by the scroll bar", async () => {
  const { page } = stage;
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ N: i, Text: "row number " + i }));
  await call(stage.url, "/api/ingestion/ingest", stage.token, { hostname: "long01", artifact: "Custom.Long", rows });
  await browse(page, "Custom.Long");
  await total(page, "20,000 rows");
  await page.keyboard.press("End");
  await page.getByRole("gridcell", { name: "row number 19999", exact: true }).waitFor();
  await page.getByRole("grid").evaluate((grid) => grid.scrollTo({ top: 26 * 10_000 }));
  await page.getByRole("gridcell", { name: "row number 10010", exact: true }).waitFor();
});

test("a hostile row is text, as a filter too", async () => {
  const { page } = stage;
  await browse(page, "Custom.Hostile");
  await page.getByRole("gridcell").filter({ hasText: hostile.Formula }).waitFor();
  await page.getByRole("gridcell").filter({ hasText: hostile.Name }).click();
  await page.keyboard.press("f");
  await chips(page).getByText(hostile.Name).waitFor();
  await total(page, "1 row");
  await page.getByRole("gridcell").filter({ hasText: "invoiceU+202Efdp.exe" }).click();
  await page.keyboard.press("f");
  await chips(page).getByText("invoiceU+202Efdp.exe").waitFor();
  await total(page, "1 row");
  await accessible(page);
  await page.keyboard.press("/");
  await page.keyboard.type("Name: scr");
  await page.getByRole("option").filter({ hasText: "<script>" }).waitFor();
});

test("a search is over every artifact, of one's own tenant", async () => {
  const { page } = stage;
  await open(page, "Search");
  await page.keyboard.press("/");
  await page.keyboard.type("203.0.113.66");
  await page.keyboard.press("Enter");
  await page.getByRole("gridcell", { name: "Linux.Network.NetstatEnriched" }).waitFor();
  expect(await page.getByText("only-in-other").count()).toBe(0);
  await accessible(page);
  await enterOther(page);
  await open(page, "Search");
  await page.getByRole("gridcell", { name: "only-in-other" }).waitFor();
  await total(page, "1 row");
});
