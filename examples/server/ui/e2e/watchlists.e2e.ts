import { expect, test } from "vitest";
import { call } from "./server";
import { accessible, enterOther, hostile, onStage, open } from "./stage";

const stage = onStage();

async function watch(name: string, list: string) {
  const { page } = stage;
  await open(page, "Watchlists");
  await page.getByRole("button", { name: "New" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill(name);
  await page.getByRole("dialog").getByRole("textbox", { name: "Indicators" }).fill(list);
  await page.getByRole("dialog").getByRole("button", { name: "Watch for them" }).click();
  await page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
}

test("what is stored and what comes in is sighted, and the overview tells it", async () => {
  const { page } = stage;
  await open(page, "Watchlists");
  await accessible(page);
  await watch("beacon <b>", `203[.]0[.]113[.]66\n192.0.2.77\n${hostile.Name}\n`);
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
  await accessible(page);
  await page.getByRole("tab", { name: "Indicators" }).click();
  await page.getByRole("link", { name: "192.0.2.77" }).waitFor();
  await page.getByRole("tab", { name: "Unreadable" }).click();
  await page.getByRole("gridcell", { name: hostile.Name }).waitFor();
  await call(stage.url, "/api/ingestion/ingest", stage.token, { hostname: "<i>watched01</i>", artifact: "Custom.Net", rows: [{ Remote: "192.0.2.77" }] });
  await open(page, "Sightings");
  await page.getByRole("link", { name: "<i>watched01</i>" }).waitFor();
  await accessible(page);
  await page.getByLabel("Indicator", { exact: true }).fill("192[.]0[.]2[.]77");
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "<i>watched01</i>" }).click();
  await page.getByRole("tab", { name: "Sightings" }).click();
  await page.getByRole("gridcell", { name: "192.0.2.77" }).waitFor();
  await open(page, "Overview");
  await page.getByRole("link", { name: "192.0.2.77" }).waitFor();
  await accessible(page);
});

test("a watchlist is renamed, gets other indicators, and is deleted", async () => {
  const { page } = stage;
  await watch("first", "192.0.2.1");
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("second");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "second", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Other indicators" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Indicators" }).fill("192.0.2.2");
  await page.getByRole("dialog").getByRole("button", { name: "Replace" }).click();
  await page.getByRole("tab", { name: "Indicators" }).click();
  await page.getByRole("link", { name: "192.0.2.2" }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "Watchlists", level: 1 }).waitFor();
  await expect.poll(() => page.getByRole("link", { name: "second" }).count()).toBe(0);
});

test("other tenants have watchlists and sightings of their own", async () => {
  const { page } = stage;
  await watch("of this tenant", "203.0.113.66");
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
  const id = page.url().match(/watchlists\/([^?]+)/)![1]!;
  await enterOther(page);
  await page.getByRole("heading", { name: "Nothing is watched for yet" }).waitFor();
  await watch("theirs", "203.0.113.66");
  await page.getByRole("link", { name: "only-in-other" }).waitFor();
  expect(await page.getByText("web01.corp.example").count()).toBe(0);
  await page.goto(page.url().replace(/watchlists\/.*$/, "watchlists/" + id));
  await page.getByRole("alert").waitFor();
  expect(await page.getByText("of this tenant").count()).toBe(0);
});

test("a form that is filled in is not left without a question", async () => {
  const { page } = stage;
  await open(page, "Watchlists");
  await page.keyboard.press("n");
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("typed before");
  await page.keyboard.press("Escape");
  await accessible(page);
  await page.getByRole("button", { name: "Stay" }).click();
  expect(await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).inputValue()).toBe("typed before");
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Leave it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
});
