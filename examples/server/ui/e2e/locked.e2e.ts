import { readFileSync } from "node:fs";
import { test } from "vitest";
import { accessible, onStage, open } from "./stage";

const stage = onStage();

test("a locked container asks for its password, says that a wrong one is wrong, and opens with the right one", async () => {
  const { page } = stage;
  const locked = readFileSync(new URL("../../../../ingest/velociraptor/testdata/huntA-summary-json_locked.zip", import.meta.url));
  await open(page, "Ingest");
  await page.getByLabel("Files", { exact: true }).setInputFiles({ name: "locked.zip", mimeType: "application/zip", buffer: locked });
  const password = page.getByRole("textbox", { name: "Password of the file" });
  await password.waitFor();
  await accessible(page);
  await password.fill("not the password");
  await page.getByRole("button", { name: "Open it" }).click();
  await page.getByRole("alert").filter({ hasText: "password" }).waitFor();
  await password.fill("infected");
  await page.getByRole("button", { name: "Open it" }).click();
  await page.getByText("done", { exact: true }).waitFor();
});
