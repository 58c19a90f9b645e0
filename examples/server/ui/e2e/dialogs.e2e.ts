import { expect, test } from "vitest";
import { admin } from "./server";
import { accessible, browse, onStage, total } from "./stage";

const stage = onStage();
const dialog = () => stage.page.getByRole("dialog");

test("a session that ends while somebody types takes the password, and leaves the page only when told so twice", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  await stage.context.clearCookies();
  await page.route("**/api/hunt/search", (route) => route.fulfill({ status: 401, json: { title: "Unauthorized", status: 401 } }), { times: 1 });
  await page.keyboard.press("/");
  await page.keyboard.type("Name: kworkerds");
  await page.keyboard.press("Enter");
  const password = dialog().getByRole("textbox", { name: "Password" });
  await expect.poll(() => password.evaluate((field) => field === document.activeElement)).toBe(true);
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  await dialog().getByRole("button", { name: "Leave the page" }).click();
  await accessible(page);
  await dialog().getByRole("button", { name: "Stay" }).click();
  await password.fill(admin.password);
  await page.keyboard.press("Enter");
  await total(page, "1 row");
});

test("keys do nothing to the page below a dialog or a drawer, and do again when it is closed", async () => {
  const { page } = stage;
  await browse(page, "Linux.Sys.Pslist");
  const address = page.url();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await dialog().getByText("Hash.SHA256").waitFor();
  for (const key of ["f", "s", "p", "g", "h"]) await page.keyboard.press(key);
  await page.keyboard.press("j");
  await dialog().getByText("row 2", { exact: false }).waitFor();
  expect(page.url()).toBe(address);
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await page.getByRole("heading", { name: "Hosts", exact: true, level: 1 }).waitFor();
});
