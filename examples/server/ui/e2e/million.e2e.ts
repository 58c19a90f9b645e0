import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { artifact, hosts, ingestProcesses, programs } from "./million";
import { call } from "./server";
import { accessible, browse, onStage, total } from "./stage";

const stage = onStage();
const rows = 1_000_000;

beforeAll(() => ingestProcesses(stage.url, rows));

/** What the row at a place has to show, as the API tells. */
async function commandAt(place: number) {
  const question = { artifacts: [artifact], order: "newest", skip: place, limit: 1 };
  return (await call<{ rows: { data: { CommandLine: string } }[] }>(stage.url, "/api/hunt/search", stage.token, question)).rows[0]!.data.CommandLine;
}

/** Brings a part of the table to the top with its scroll bar. */
const scrollTo = (page: Page, part: number) => page.getByRole("grid").evaluate((grid, part) => grid.scrollTo({ top: (grid.scrollHeight - grid.clientHeight) * part }), part);

/** The place of the first row that is seen. */
function firstSeen(page: Page) {
  return page.getByRole("grid").evaluate((grid) => {
    const top = grid.getBoundingClientRect().top + 28;
    const row = [...grid.querySelectorAll("[data-index]")].find((row) => Math.abs(row.getBoundingClientRect().top - top) < 14);
    return row ? Number(row.getAttribute("data-index")) : undefined;
  });
}

test("a million rows are reached by the scroll bar, the wheel and the keyboard", async () => {
  const { page } = stage;
  await browse(page, artifact);
  await total(page, "1,000,000 rows");
  await accessible(page);
  await scrollTo(page, 1);
  await page.getByRole("gridcell", { name: await commandAt(rows - 1), exact: true }).waitFor();
  await scrollTo(page, 0.5);
  await page.getByRole("gridcell", { name: await commandAt(rows / 2), exact: true }).waitFor();
  const before = (await firstSeen(page))!;
  await page.mouse.move(700, 500);
  await page.mouse.wheel(0, 260);
  await expect.poll(() => firstSeen(page)).toBe(before + 10);
  await page.getByRole("gridcell", { name: await commandAt(before + 10), exact: true }).waitFor();
  await page.mouse.wheel(0, -520);
  await expect.poll(() => firstSeen(page)).toBe(before - 10);
  await page.keyboard.press("End");
  await page.getByRole("gridcell", { name: await commandAt(rows - 1), exact: true }).waitFor();
  await page.keyboard.press("Home");
  await page.getByRole("gridcell", { name: await commandAt(0), exact: true }).waitFor();
  expect(await firstSeen(page)).toBe(0);
});

test("a million rows are narrowed and stacked", async () => {
  const { page } = stage;
  await browse(page, artifact);
  await page.keyboard.press("/");
  await page.keyboard.type("Name: program7.exe");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await total(page, "3,334 rows");
  await page.getByRole("button", { name: "Clear the query" }).click();
  await total(page, "1,000,000 rows");
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.getByRole("menuitem", { name: "Stack" }).click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText(`${programs} values`).first().waitFor();
  await drawer.getByText(`${hosts} of`).waitFor();
  await drawer.getByRole("gridcell", { name: "3,333", exact: true }).first().waitFor();
});
