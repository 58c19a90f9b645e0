import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { accessible, hostile, onStage, open } from "./stage";

const stage = onStage();

async function artifact(page: Page, name: string) {
  await open(page, "Artifacts");
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("gridcell").first().waitFor();
}

const drawer = (page: Page) => page.getByRole("dialog");
const first = (page: Page) => drawer(page).getByRole("row").nth(1).innerText();

test("a column is stacked, the rarest values first, with what they are a part of", async () => {
  const { page } = stage;
  await artifact(page, "Linux.Sys.Pslist");
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByRole("menuitem", { name: "Stack" }).click();
  await drawer(page).getByText("18 values", { exact: true }).first().waitFor();
  await drawer(page).getByText("4 of 5 hosts have the artifact").waitFor();
  await drawer(page).getByText(/59 rows of 4 hosts looked at/).waitFor();
  const row = drawer(page).getByRole("row").filter({ hasText: "kworkerds" });
  expect(await row.innerText()).toContain("25 %");
  await row.getByRole("link", { name: "web01.corp.example" }).waitFor();
  expect(await first(page)).toContain("25 %");
  await accessible(page);
  await page.getByText("Commonest first").click();
  await expect.poll(() => first(page)).toContain("100 %");
  await page.goto(page.url());
  await drawer(page).getByText("kworkerds").waitFor();
});

test("up to three columns are stacked together, and a value leads to its rows", async () => {
  const { page } = stage;
  await artifact(page, "Linux.Sys.Pslist");
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).click();
  await page.keyboard.press("s");
  await drawer(page).getByRole("combobox", { name: "Columns to stack" }).fill("Username");
  await page.getByRole("option", { name: "Username" }).click();
  await drawer(page).getByText("20 values", { exact: true }).first().waitFor();
  await page.keyboard.press("Escape");
  const download = page.waitForEvent("download");
  await drawer(page).getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "CSV" }).click();
  expect(await readFile((await (await download).path())!, "utf8")).toMatch(/^Name,Username,Hosts,Rows,On,.*\r\n[^]*kworkerds,www-data,1,1,web01\.corp\.example/);
  await drawer(page).getByRole("button", { name: "kworkerds" }).click();
  await drawer(page).waitFor({ state: "detached" });
  await page.getByText("1 row", { exact: true }).waitFor();
  await page.getByRole("button", { name: 'Username: "www-data"', exact: true }).waitFor();
});

test("the keyboard walks through a stack and takes a value", async () => {
  const { page } = stage;
  await artifact(page, "Linux.Sys.Pslist");
  await page.getByRole("button", { name: "Stack" }).click();
  await drawer(page).getByText("Which column?").waitFor();
  await accessible(page);
  await page.getByRole("option", { name: "Name", exact: true }).click();
  await drawer(page).getByText("kworkerds").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Rarest first").click();
  await drawer(page).getByRole("grid").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByText("1 row", { exact: true }).waitFor();
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).waitFor();
});

test("hostile values are text in a stack", async () => {
  const { page } = stage;
  await artifact(page, "Custom.Hostile");
  await page.getByRole("button", { name: "Stack" }).click();
  await page.getByRole("option", { name: "Name", exact: true }).click();
  await drawer(page).getByRole("gridcell").filter({ hasText: hostile.Name }).waitFor();
  await accessible(page);
});

test("an answer that is not complete says why", async () => {
  const { page } = stage;
  await page.route("**/api/hunt/stack", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), complete: false, reason: "a <b>limit</b> was met" } });
  });
  await artifact(page, "Linux.Sys.Pslist");
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).click();
  await page.keyboard.press("s");
  await page.getByRole("alert").filter({ hasText: "a <b>limit</b> was met" }).waitFor();
});
