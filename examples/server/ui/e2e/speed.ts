import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { loggedIn, openBrowser } from "./browser";
import { artifact, ingestProcesses } from "./million";
import { startServer } from "./server";

// Prints how fast the UI is, in a headless Chromium on this machine, which should have nothing else to do: when a cold start
// shows something, what it loads for that, and how many frames a second are drawn while an artifact of many rows scrolls.

const rows = Number(process.env["ROWS"] ?? 1_000_000);

let browser: Browser;
let server: Awaited<ReturnType<typeof startServer>>;

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), startServer()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("cold start", async () => {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < 5; i++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const bodies: Promise<Buffer>[] = [];
    page.on("response", (response) => /\.(js|css)$/.test(new URL(response.url()).pathname) && bodies.push(response.body()));
    await page.goto(server.url + "/");
    await page.getByLabel("Username").waitFor();
    await page.waitForLoadState("networkidle");
    times.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN));
    bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
    await context.close();
  }
  times.sort((a, b) => a - b);
  console.log(`first content from a cold start: ${Math.round(times[2]!)} ms, the median of 5 (under 1500)`);
  console.log(`scripts and styles until the login: ${Math.round(bytes / 1000)} kB gzipped (under 350)`);
});

/** Counts the frames while the wheel turns, for so long. */
async function frames(page: Page, milliseconds: number, step: number) {
  const counted = page.evaluate(
    (milliseconds) =>
      new Promise<number>((done) => {
        const start = performance.now();
        let frames = 0;
        const next = (now: number) => (now < start + milliseconds ? (frames++, requestAnimationFrame(next)) : done((frames * 1000) / (now - start)));
        requestAnimationFrame(next);
      }),
    milliseconds,
  );
  const until = Date.now() + milliseconds;
  while (Date.now() < until) await page.mouse.wheel(0, step);
  return counted;
}

test("scrolling", async () => {
  await ingestProcesses(server.url, rows);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const { page } = await loggedIn(context, server.url);
  await page.goto(`${page.url().replace(/\/$/, "")}/artifacts/${artifact}`);
  await page.getByRole("gridcell").first().waitFor();
  await page.getByText(`${rows.toLocaleString("en")} rows`).first().waitFor();
  await page.mouse.move(700, 500);
  await frames(page, 2000, 100);
  for (const step of [30, 100, 600]) {
    console.log(`${rows.toLocaleString("en")} rows, ${step} pixels a turn of the wheel: ${Math.round(await frames(page, 5000, step))} frames a second (above 50)`);
  }
  await context.close();
});
