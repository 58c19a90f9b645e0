import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

// What a build is made of. dist_test.go computes the same sum in Go, so that a build that is not current is found
// without npm.
const inputs = ["index.html", "package-lock.json", "package.json", "public", "src", "tsconfig.json", "vite.config.ts"];

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}

// counted leaves out what is made from openapi.json and what no build contains.
function counted(path: string): boolean {
  return path !== "src/api/schema.d.ts" && !/\.test\.tsx?$/.test(path);
}

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

export function sourcesSum(): string {
  const files = inputs.flatMap(filesUnder).filter(counted).sort();
  return sha256(files.map((path) => `${sha256(readFileSync(path))}  ${path}\n`).join(""));
}

/** Leaves the sum of the sources beside what was built from them. */
export function recordSources(): Plugin {
  return {
    name: "record-sources",
    apply: "build",
    closeBundle: () => writeFileSync("dist/sources.sha256", sourcesSum() + "\n"),
  };
}
