import { beforeAll, expect, test } from "vitest";
import { call } from "./server";
import { accessible, enterOther, hostile, onStage, open } from "./stage";

const stage = onStage();
const artifact = "Custom.Programs";

beforeAll(async () => {
  const flow = (flow_id: string, hostname: string, rows: object[]) => call(stage.url, "/api/ingestion/ingest", stage.token, { hostname, artifact, flow_id, rows });
  await flow("F.1", "diff01", [{ Name: "sshd", Hash: "aa" }, { Name: "gone", Hash: "cc" }]);
  await flow("F.2", "diff01", [{ Name: "sshd", Hash: "bb" }, { Name: hostile.Name, Hash: "dd" }]);
  await flow("F.3", "diff02", [{ Name: "sshd", Hash: "bb" }]);
});

/** Chooses a flow of a host for one side of the diff. */
async function choose(side: "Before" | "After", ...flows: string[]) {
  const { page } = stage;
  await page.getByRole("combobox", { name: side + " is" }).click();
  await page.getByRole("option", { name: "Collections" }).click();
  const field = page.getByRole("combobox", { name: side + ": collections" });
  for (const flow of flows) {
    await field.fill(flow);
    await page.getByRole("option", { name: new RegExp(flow) }).click();
  }
  await page.keyboard.press("Escape");
}

async function differences() {
  const { page } = stage;
  await open(page, "Diff");
  await page.getByRole("heading", { name: "What has changed?" }).waitFor();
  await accessible(page);
  await page.getByRole("combobox", { name: "Artifact" }).fill(artifact);
  await page.getByRole("option", { name: artifact }).click();
  await page.getByRole("combobox", { name: /^Key/ }).fill("Name");
  await page.keyboard.press("Enter");
  await choose("Before", "F.1");
  await choose("After", "F.2", "F.3");
  await page.getByText("1 host differs").waitFor();
}

test("what was added, changed and removed on each host is told, with what the fleet has of it", async () => {
  const { page } = stage;
  await differences();
  await page.getByText(/rows of .* looked at/).waitFor();
  await page.getByRole("row").filter({ hasText: hostile.Name }).getByRole("gridcell", { name: "1", exact: true }).first().waitFor();
  await accessible(page);
  await page.getByRole("tab", { name: "Changed" }).click();
  await page.getByRole("row").filter({ hasText: "Hash" }).filter({ hasText: "aa" }).filter({ hasText: "bb" }).waitFor();
  await page.getByRole("tab", { name: "Removed" }).click();
  await page.getByRole("gridcell", { name: "gone", exact: true }).waitFor();
  await page.getByRole("tab", { name: "Without a before" }).click();
  await page.getByRole("link", { name: "diff02" }).waitFor();
  await page.getByRole("tab", { name: "By host" }).click();
  await page.keyboard.press("j");
  await page.getByRole("grid").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Only\s+diff01/ }).waitFor();
  await page.goto(page.url());
  await page.getByRole("gridcell", { name: hostile.Name }).waitFor();
});

test("a well-known artifact has its usual key, and lacks only another collection", async () => {
  const { page } = stage;
  await open(page, "Diff");
  await page.getByRole("combobox", { name: "Artifact" }).fill("Linux.Sys.Pslist");
  await page.getByRole("option", { name: "Linux.Sys.Pslist" }).click();
  await page.getByText("Exe", { exact: true }).waitFor();
});

test("another tenant has no artifact of this one to compare", async () => {
  const { page } = stage;
  await differences();
  const address = page.url().match(/\/diff.*$/)![0];
  await enterOther(page);
  await page.goto(page.url().replace(/(\/t\/[^/]+)\/.*$/, "$1") + address);
  await page.getByText("0 hosts differ").waitFor();
  expect(await page.getByText("diff01").count()).toBe(0);
});
