import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const stats = { malicious: 0, suspicious: 0, undetected: 70, harmless: 0, timeout: 0, "confirmed-timeout": 0, failure: 0, "type-unsupported": 0 };

/** The files that the VirusTotal of the tests knows, by each of their hashes. */
export const files = {
  malicious: {
    md5: "c7a06571f51f3493d20d057646020267", sha1: "3e25e7dd858e9070807adcfc0241e4903486c3c8", sha256: "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f",
    last_analysis_stats: { ...stats, malicious: 41, undetected: 29 }, meaningful_name: "kworkerds", names: ["kworkerds", "x.elf"], size: 2_345_678,
    type_description: "ELF", tags: ["elf", "64bits"], reputation: -42, first_submission_date: 1_700_000_000, last_analysis_date: 1_790_000_000,
    popular_threat_classification: { suggested_threat_label: "trojan.linux/xmrig" },
  },
  suspicious: { sha256: "8fb6d5f37e8055ce720bd0b1d56587f88c0071f285966ba17e72b2b12672aa73", last_analysis_stats: { ...stats, malicious: 1, undetected: 69 }, meaningful_name: "setup.exe" },
  hostile: { md5: "c".repeat(32), sha256: "c".repeat(64), last_analysis_stats: { ...stats, malicious: 1, undetected: 69 }, meaningful_name: "<b>setup</b>.exe" },
  clean: { sha256: "b7b479e0123d49074fac95b0d264ab37897447a8c3b0ce7cf7ac655c0dc5a2c7", last_analysis_stats: stats, meaningful_name: "notepad.exe" },
};

/** Answers as VirusTotal does about a few files. */
export async function startVirusTotal() {
  const known = new Map<string, object>(Object.values(files).flatMap((file) => Object.values(file).map((value) => [String(value), file] as const)));
  const server = createServer((request, response) => {
    const attributes = known.get(request.url!.split("/").at(-1)!);
    response.writeHead(attributes ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(attributes ? { data: { type: "file", attributes } } : { error: { code: "NotFoundError", message: "" } }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}
