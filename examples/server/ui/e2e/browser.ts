import { execFileSync } from "node:child_process";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { admin } from "./server";

const quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function openBrowser() {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"]).toString().trim();
  return chromium.launch({ executablePath, args: quiet });
}

/** A page that is logged in; what goes wrong in it is collected. */
export async function loggedIn(context: BrowserContext, url: string): Promise<{ page: Page; wrong: string[] }> {
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("dialog", (dialog) => (wrong.push("dialog: " + dialog.message()), void dialog.dismiss()));
  page.on("console", (message) => /Content.Security.Policy/i.test(message.text()) && wrong.push(message.text()));
  await page.goto(url + "/");
  await page.getByLabel("Username").fill(admin.username);
  await page.getByRole("textbox", { name: "Password" }).fill(admin.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  return { page, wrong };
}
