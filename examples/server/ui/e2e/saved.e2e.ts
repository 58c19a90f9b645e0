import { expect, test } from "vitest";
import { call } from "./server";
import { accessible, enterOther, hostile, onStage, open } from "./stage";

const stage = onStage();

test("a question is saved where it is asked, run again, and tells what is new", async () => {
  const { page } = stage;
  await open(page, "Saved hunts");
  await page.getByRole("heading", { name: "No hunt is saved yet" }).waitFor();
  await accessible(page);
  await open(page, "Sweep");
  await page.getByRole("textbox", { name: "Indicators" }).fill("192.0.2.99");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Save this question as").fill("beacon <i>");
  await page.keyboard.press("Enter");
  await page.getByText("Saved: it is under Saved hunts").waitFor();
  await open(page, "Saved hunts");
  await page.getByRole("link", { name: "beacon <i>" }).click();
  await accessible(page);
  await page.keyboard.press("r");
  await page.getByRole("heading", { name: "There was nothing to compare with" }).waitFor();
  await call(stage.url, "/api/ingestion/ingest", stage.token, { hostname: "new01", artifact: "Custom.Hostile", rows: [{ ...hostile, Remote: "192.0.2.99" }] });
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("1 new").waitFor();
  await page.getByRole("gridcell", { name: "new01" }).waitFor();
  await accessible(page);
  await page.getByRole("link", { name: "Open" }).click();
  await page.getByRole("status").filter({ hasText: "1 found" }).waitFor();
});

test("new rows of hostile endpoints are text", async () => {
  const { page } = stage;
  await call(stage.url, "/api/hunt/saved", stage.token, { name: "hostile", kind: "search", question: { artifacts: ["Custom.Hostile"], query: "Added: yes" } });
  await open(page, "Saved hunts");
  await page.getByRole("link", { name: "hostile", exact: true }).click();
  await page.keyboard.press("r");
  await page.getByRole("heading", { name: "There was nothing to compare with" }).waitFor();
  await call(stage.url, "/api/ingestion/ingest", stage.token, { hostname: "new02", artifact: "Custom.Hostile", rows: [{ ...hostile, Added: "yes" }] });
  await page.keyboard.press("r");
  await page.getByRole("gridcell").filter({ hasText: hostile.Name }).waitFor();
  await page.getByRole("gridcell").filter({ hasText: "invoiceU+202Efdp.exe" }).waitFor();
});

test("a saved hunt is renamed and deleted, and other tenants have their own", async () => {
  const { page } = stage;
  await call(stage.url, "/api/hunt/saved", stage.token, { name: "before", kind: "pivot", question: { value: "10.0.0.1" } });
  await open(page, "Saved hunts");
  await page.getByRole("gridcell", { name: "before" }).click();
  await page.keyboard.press("e");
  await page.getByRole("dialog").getByLabel("Name").fill("after");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "after" }).waitFor();
  await page.getByRole("gridcell", { name: "after" }).click();
  await page.keyboard.press("d");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: "after" }).waitFor({ state: "detached" });
  await call(stage.url, "/api/hunt/saved", stage.token, { name: "of this tenant", kind: "pivot", question: { value: "10.0.0.1" } });
  await enterOther(page);
  await open(page, "Saved hunts");
  await page.getByRole("heading", { name: "No hunt is saved yet" }).waitFor();
  expect(await page.getByText("of this tenant").count()).toBe(0);
});

test("a search and a stack are saved from a table, and open as they were asked", async () => {
  const { page } = stage;
  await open(page, "Artifacts");
  await page.getByRole("link", { name: "Linux.Sys.Pslist" }).click();
  await page.getByRole("combobox", { name: "Query" }).fill("Name: kworkerds");
  await page.keyboard.press("Enter");
  await page.waitForURL(/query=/);
  const save = async (name: string) => {
    await page.getByLabel("Save this question as").fill(name);
    await page.keyboard.press("Enter");
    await page.getByText("Saved: it is under Saved hunts").first().waitFor();
  };
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await save("a search");
  await page.goto(page.url().replace(/query=.*$/, "stack=" + encodeURIComponent('["Name"]')));
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).click();
  await save("a stack");
  await page.keyboard.press("Escape");
  await open(page, "Saved hunts");
  await page.getByRole("link", { name: "a stack" }).click();
  await page.getByRole("link", { name: "Open" }).click();
  await page.getByRole("dialog", { name: /Stack of Linux.Sys.Pslist/ }).waitFor();
  await page.keyboard.press("Escape");
  await open(page, "Saved hunts");
  await page.getByRole("link", { name: "a search" }).click();
  await page.getByRole("link", { name: "Open" }).click();
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).waitFor();
});
