import { expect, test } from "vitest";
import { accessible, enterOther, hostile, onStage, open } from "./stage";

const stage = onStage();

async function timelineOf(host: string) {
  await open(stage.page, "Hosts");
  await stage.page.getByRole("link", { name: host }).click();
  await stage.page.getByRole("tab", { name: "Timeline" }).click();
  await stage.page.getByRole("row").first().waitFor();
}

const times = () => stage.page.getByRole("row").locator("time").evaluateAll((all) => all.map((time) => time.getAttribute("datetime")!));

test("the rows of all artifacts are in time order, and are read with the keyboard", async () => {
  const { page } = stage;
  await timelineOf("web01.corp.example");
  await page.getByText(/rows of 1 host looked at/).waitFor();
  await accessible(page);
  const shown = await times();
  expect(shown).toEqual(shown.toSorted());
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("OSPath").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("o");
  await page.getByRole("button", { name: "Newest first" }).waitFor();
  await expect.poll(async () => (await times())[0]! > shown[0]!).toBe(true);
  const turned = await times();
  expect(turned).toEqual(turned.toSorted().toReversed());
});

test("the histogram zooms with the keyboard and by dragging, is in the address, and resets", async () => {
  const { page } = stage;
  await timelineOf("web01.corp.example");
  const histogram = page.getByRole("group", { name: /^Rows over time/ });
  await histogram.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Enter");
  await page.waitForURL(/from=.*to=/);
  const from = new URL(page.url()).searchParams.get("from")!;
  await expect.poll(async () => (await times())[0]! >= from).toBe(true);
  await page.goto(page.url());
  await page.getByRole("row").first().waitFor();
  expect((await times())[0]! >= from).toBe(true);
  await page.getByRole("button", { name: "All of time" }).click();
  await page.waitForURL((url) => !url.searchParams.has("from"));
  const box = (await histogram.locator("svg").boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=.*to=/);
});

test("reading begins where the histogram is clicked, and goes on in both directions", async () => {
  const { page } = stage;
  await timelineOf("web01.corp.example");
  const earliest = (await times())[0]!;
  const histogram = page.getByRole("group", { name: /^Rows over time/ });
  await histogram.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.waitForURL(/at=/);
  const at = new URL(page.url()).searchParams.get("at")!;
  await expect.poll(async () => (await times()).some((time) => time >= at)).toBe(true);
  // Everything in front comes as one goes up.
  await expect.poll(async () => {
    for (let i = 0; i < 8; i++) await page.keyboard.press("PageUp");
    return (await times())[0];
  }, { timeout: 20_000 }).toBe(earliest);
});

test("artifacts are shown and hidden, and a query narrows", async () => {
  const { page } = stage;
  await timelineOf("web01.corp.example");
  await page.getByRole("button", { name: /Linux.Sys.Pslist/ }).click({ modifiers: ["Shift"] });
  await page.getByRole("row").filter({ hasText: "Linux.Sys.Pslist" }).first().waitFor();
  await page.getByRole("row").filter({ hasText: "Linux.Search.FileFinder" }).first().waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "Query" }).fill("Name: kworkerds");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("row").filter({ has: page.locator("time") }).count()).toBe(1);
});

test("a hostile row is text, and a host of another tenant has no timeline here", async () => {
  const { page } = stage;
  await timelineOf("hostile01");
  await page.getByRole("row").filter({ hasText: hostile.Name }).waitFor();
  await page.getByRole("row").filter({ hasText: "invoiceU+202Efdp.exe" }).click();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText(hostile.Formula).waitFor();
  await page.keyboard.press("Escape");
  const here = page.url().match(/^.*\/hosts\//)![0];
  await enterOther(page);
  await timelineOf("only-in-other");
  const foreign = page.url().match(/hosts\/([^?]+)/)![1]!;
  await page.goto(here + foreign + "?tab=timeline");
  await page.getByRole("alert").first().waitFor();
  expect(await page.getByText("only-in-other").count()).toBe(0);
});
