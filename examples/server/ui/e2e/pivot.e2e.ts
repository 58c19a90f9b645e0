import { expect, test } from "vitest";
import { accessible, enterOther, hostile, onStage, open } from "./stage";

const stage = onStage();
const sha256 = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f";

async function pivot(value: string) {
  const { page } = stage;
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: /^Go to/ }).fill("pivot " + value);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Pivot", level: 1 }).waitFor();
}

test("a cell leads to everything that has its value, and from there to the rows", async () => {
  const { page } = stage;
  await open(page, "Artifacts");
  await page.getByRole("link", { name: "Linux.Sys.Pslist" }).click();
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).waitFor();
  await page.getByRole("grid").evaluate((grid) => grid.scrollTo({ left: 1200 }));
  await page.getByRole("gridcell", { name: sha256 }).click();
  await page.keyboard.press("p");
  await page.getByText("SHA-256").waitFor();
  await page.getByText("1 host, 2 rows").waitFor();
  await page.getByRole("columnheader", { name: "Linux.Search.FileFinder" }).waitFor();
  await page.getByText(/rows of 5 hosts looked at/).waitFor();
  await accessible(page);
  await page.goto(page.url());
  await page.getByRole("gridcell", { name: "1 row" }).last().getByRole("link").click();
  await page.getByRole("heading", { name: "Linux.Sys.Pslist" }).waitFor();
  await page.getByRole("gridcell", { name: "kworkerds", exact: true }).waitFor();
  await page.getByText("1 row", { exact: true }).waitFor();
});

test("the palette pivots on a value, also a defanged one", async () => {
  const { page } = stage;
  await pivot("203[.]0[.]113[.]66");
  await page.getByText("Address", { exact: true }).waitFor();
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
  await pivot("nothing-has-this");
  await page.getByRole("heading", { name: "No host has it" }).waitFor();
  await accessible(page);
});

test("a pivot that takes long claims nothing while it runs, and can be cancelled and asked again", async () => {
  const { page } = stage;
  await page.route("**/api/hunt/pivot*", () => {}, { times: 1 }); // never answered
  await pivot("203.0.113.66");
  await page.getByText("Looking…").waitFor();
  expect(await page.getByText("0 hosts").count()).toBe(0);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("heading", { name: "It was not looked for to the end" }).waitFor();
  await page.getByRole("button", { name: "Ask again" }).click();
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
});

test("VirusTotal is asked by a click only, and what it said is shown", async () => {
  const { page } = stage;
  let asked = 0;
  await page.route("**/api/vt/lookup", (route) => {
    asked++;
    return route.fulfill({ json: { hash: sha256, verdict: "malicious", malicious: true, message: "", threat_label: "trojan.<b>x</b>", stats: {}, from_cache: false, fetched_at: "2026-11-25T00:00:00Z" } });
  });
  await pivot(sha256);
  await page.getByRole("button", { name: "Look it up on VirusTotal" }).waitFor();
  expect(asked).toBe(0);
  await page.getByRole("button", { name: "Look it up on VirusTotal" }).click();
  await page.getByText("trojan.<b>x</b>").waitFor();
  await accessible(page);
});

test("an answer that is not complete says why, and a question that failed can be asked again", async () => {
  const { page } = stage;
  await page.route("**/api/hunt/pivot*", (route) => route.fulfill({ status: 503, json: { title: "Service Unavailable", status: 503, detail: "The database does not answer at the moment." } }), { times: 1 });
  await pivot(sha256);
  await page.getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
  await page.route("**/api/hunt/pivot*", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), complete: false, reason: "a <b>limit</b> was met" } });
  });
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("alert").filter({ hasText: "a <b>limit</b> was met" }).waitFor();
});

test("a hostile value is text, and another tenant has other hosts", async () => {
  const { page } = stage;
  await pivot(hostile.Name);
  await page.getByRole("link", { name: "hostile01" }).waitFor();
  await page.getByRole("code").filter({ hasText: hostile.Name }).waitFor();
  await pivot(hostile.Turned);
  await page.getByRole("code").filter({ hasText: "invoiceU+202Efdp.exe" }).waitFor();
  await enterOther(page);
  await open(page, "Pivot");
  await pivot("203.0.113.66");
  await page.getByRole("link", { name: "only-in-other" }).waitFor();
  expect(await page.getByText("web01.corp.example").count()).toBe(0);
});
