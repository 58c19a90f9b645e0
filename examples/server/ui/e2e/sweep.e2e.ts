import { expect, test } from "vitest";
import { accessible, enterOther, hostile, onStage, open } from "./stage";

const stage = onStage();
const list = "# beacon\n203[.]0[.]113[.]66\nhxxp://nothing[.]example/x\nnot an indicator at all\n";

async function sweep(text: string) {
  await open(stage.page, "Sweep");
  await stage.page.getByRole("textbox", { name: "Indicators" }).fill(text);
  await stage.page.keyboard.press("Control+Enter");
  await stage.page.getByRole("status").filter({ hasText: "looked for" }).waitFor();
}

test("a pasted list is swept for, and each line is accounted for", async () => {
  const { page } = stage;
  await open(page, "Sweep");
  await accessible(page);
  await sweep(list);
  await page.getByText("2 indicators looked for").waitFor();
  await page.getByText(/rows of .* looked at/).waitFor();
  await page.getByRole("link", { name: "203[.]0[.]113[.]66" }).waitFor();
  await accessible(page);
  await page.getByRole("tab", { name: "By host" }).click();
  await page.getByRole("link", { name: "web01.corp.example" }).waitFor();
  await page.getByRole("tab", { name: "Missed" }).click();
  await page.getByRole("gridcell", { name: "hxxp://nothing[.]example/x" }).waitFor();
  await page.getByRole("tab", { name: "Unreadable" }).click();
  await page.getByRole("row").filter({ hasText: "not an indicator at all" }).getByRole("gridcell", { name: "4", exact: true }).waitFor();
  await page.goto(page.url());
  await page.getByRole("status").filter({ hasText: "looked for" }).waitFor();
});

test("a scope narrows a sweep, and a dropped file is swept for", async () => {
  const { page } = stage;
  await open(page, "Sweep");
  await page.getByLabel("A file of indicators").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from("indicator,note\n203.0.113.66,beacon\n") });
  await page.getByRole("textbox", { name: "Indicators" }).and(page.getByText("203.0.113.66")).waitFor();
  await page.getByRole("combobox", { name: "All artifacts" }).fill("Linux.Sys.Users");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab"); // the list of artifacts is in the way of the button
  await page.getByRole("button", { name: "Sweep" }).click();
  await page.getByRole("heading", { name: "No host has any of them" }).waitFor();
  expect(page.url()).toContain("Linux.Sys.Users");
});

test("all dropped lists are taken or named, and what is not asked yet is there after another page", async () => {
  const { page } = stage;
  await open(page, "Sweep");
  const list = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.getByLabel("A file of indicators").setInputFiles([list("a.txt", "203.0.113.66"), list("b.txt", "203.0.113.67"), list("stix.json", "{}")]);
  const field = page.getByRole("textbox", { name: "Indicators" });
  await expect.poll(() => field.inputValue()).toBe("203.0.113.66\n203.0.113.67\n");
  await page.getByRole("status").filter({ hasText: "Not taken" }).filter({ hasText: "stix.json" }).waitFor();
  await open(page, "Hosts");
  await page.goBack();
  await expect.poll(() => field.inputValue()).toBe("203.0.113.66\n203.0.113.67\n");
});

test("a folder that is dropped is taken with the lists in it", async () => {
  const { page } = stage;
  await open(page, "Sweep");
  const field = page.getByRole("textbox", { name: "Indicators" });
  await field.evaluate((target) => {
    const file = { isFile: true, isDirectory: false, file: (done: (file: File) => void) => done(new File(["203.0.113.66"], "a.txt")) };
    let read = false;
    const reader = { readEntries: (done: (found: unknown[]) => void) => (done(read ? [] : [file]), (read = true)) };
    const folder = { isFile: false, isDirectory: true, createReader: () => reader };
    const event = new DragEvent("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => folder }], files: [], types: ["Files"] } });
    target.dispatchEvent(event);
  });
  await expect.poll(() => field.inputValue()).toBe("203.0.113.66");
});

test("a sweep that takes long can be cancelled", async () => {
  const { page } = stage;
  await page.route("**/api/hunt/sweep*", () => {}); // never answered
  await open(page, "Sweep");
  await page.getByRole("textbox", { name: "Indicators" }).fill(list);
  await page.keyboard.press("Control+Enter");
  const ended = page.waitForEvent("requestfailed", (request) => request.url().includes("/api/hunt/sweep"));
  await page.getByRole("button", { name: "Cancel" }).click();
  await ended;
  await page.getByRole("button", { name: "Sweep" }).waitFor();
});

test("an answer that is not complete says why", async () => {
  const { page } = stage;
  await page.route("**/api/hunt/sweep*", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), complete: false, reason: "the limit of <b>matches</b> was met" } });
  });
  await sweep(list);
  await page.getByRole("alert").filter({ hasText: "the limit of <b>matches</b> was met" }).waitFor();
});

test("a hostile indicator is text, and another tenant has other hits", async () => {
  const { page } = stage;
  await sweep(hostile.Name + "\n203.0.113.66");
  await page.getByRole("tab", { name: "Unreadable" }).click();
  await page.getByRole("gridcell", { name: hostile.Name }).waitFor();
  await enterOther(page);
  await sweep("203.0.113.66");
  await page.getByRole("tab", { name: "By host" }).click();
  await page.getByRole("link", { name: "only-in-other" }).waitFor();
  expect(await page.getByText("web01.corp.example").count()).toBe(0);
});
