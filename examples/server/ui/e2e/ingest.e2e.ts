import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { admin } from "./server";
import { accessible, onStage, open } from "./stage";

const stage = onStage();
const table = (name: string, text: string) => ({ name, mimeType: "application/x-ndjson", buffer: Buffer.from(text) });
const rows = '{"Name":"a"}\n{"Name":"b"}\n';
const done = () => stage.page.getByText("done", { exact: true });
const files = () => stage.page.getByLabel("Files", { exact: true });

test("a file that is sent after the session has ended waits for the login", async () => {
  const { page } = stage;
  await open(page, "Ingest");
  await stage.context.clearCookies();
  await page.route("**/api/ingestion/ingest*", (route) => route.fulfill({ status: 401, json: { title: "Unauthorized", status: 401 } }), { times: 1 });
  await page.getByText("Tables that do not say").click();
  await page.getByLabel("Artifact").fill("Custom.Late");
  await page.getByLabel("Host", { exact: true }).fill("late01");
  await files().setInputFiles(table("rows.jsonl", rows));
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Password" }).fill(admin.password);
  await dialog.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("cell", { name: "Custom.Late" }).waitFor();
});

test("a table that does not say whose it is can be told on its card, and what it was told is for it alone", async () => {
  const { page } = stage;
  await open(page, "Ingest");
  await files().setInputFiles(table("unsaid.jsonl", rows));
  await page.getByRole("alert").filter({ hasText: "fill in" }).waitFor();
  await accessible(page);
  const form = page.locator("form").filter({ hasText: "Try again" });
  await form.getByLabel("Artifact").fill("Custom.Told");
  await form.getByLabel("Host", { exact: true }).fill("told01");
  await form.getByRole("button", { name: "Try again" }).click();
  await done().waitFor();
  await page.getByText("Sent as rows of the artifact Custom.Told of the host told01").waitFor();
  await page.getByText("Tables that do not say").click();
  await page.getByLabel("Artifact").fill("Custom.Before");
  await page.getByLabel("Host", { exact: true }).fill("told01");
  await files().setInputFiles(table("before.jsonl", '{"Name":"c"}\n'));
  await page.getByRole("cell", { name: "Custom.Before" }).waitFor();
  await files().setInputFiles(table("says.jsonl", '{"Name":"d","_Source":"Custom.Says","ClientId":"C.1234567890abcdef"}\n'));
  await page.getByRole("cell", { name: "Custom.Says" }).waitFor();
});

test("leaving the page while files are on their way is asked about", async () => {
  const { page } = stage;
  await page.route("**/api/ingestion/ingest*", () => {}); // never answered
  await open(page, "Ingest");
  await files().setInputFiles(table("slow.jsonl", rows));
  await page.getByRole("button", { name: "Cancel" }).waitFor();
  page.removeAllListeners("dialog");
  const asked = page.waitForEvent("dialog");
  void page.close({ runBeforeUnload: true });
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.dismiss();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("Nothing of this file was kept.").waitFor();
});

test("a collection that is locked for a key asks for no password", async () => {
  const { page } = stage;
  const locked = readFileSync(new URL("../../../../ingest/velociraptor/testdata/Collection-jump01.corp.example-2026-11-23T18_39_13Z-x509.zip", import.meta.url));
  await open(page, "Ingest");
  await files().setInputFiles({ name: "offline.zip", mimeType: "application/zip", buffer: locked });
  await page.getByRole("alert").filter({ hasText: "owner of a key" }).waitFor();
  expect(await page.getByLabel("Password of the file").count()).toBe(0);
});

test("of a folder the zips and tables are sent, and the rest is named", async () => {
  const { page } = stage;
  const folder = mkdtempSync(join(tmpdir(), "velocicompanion-folder-"));
  for (const [name, text] of [[".DS_Store", "x"], ["readme.txt", "x"], ["says.jsonl", '{"A":1,"_Source":"Custom.Folder","ClientId":"C.1234567890abcdef"}\n']] as const) writeFileSync(join(folder, name), text);
  await open(page, "Ingest");
  await page.getByLabel("Folder", { exact: true }).setInputFiles(folder);
  await page.getByRole("cell", { name: "Custom.Folder" }).waitFor();
  await page.getByText(/Passed over 2 files of the folder.*(.DS_Store, readme.txt|readme.txt, .DS_Store)/).waitFor();
});

test("a file that is dropped beside the field is not opened in place of the page", async () => {
  const { page } = stage;
  await open(page, "Ingest");
  const refused = await page.getByRole("heading", { level: 1 }).evaluate((heading) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "x.txt"));
    return ["dragover", "drop"].map((type) => !heading.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })));
  });
  expect(refused).toEqual([true, true]);
});
