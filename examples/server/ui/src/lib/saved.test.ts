import { expect, test } from "vitest";
import { entryRow, placeOf, questionWords } from "./saved";

const diff = { artifact: "Linux.Sys.Pslist", key: ["Name"], before: { hunt_id: "H.1" }, after: { from: "2026-11-25T00:00:00.000Z" } };

test.each([
  ["search", { artifacts: ["A/B"], query: "Name: x", hosts: ["web01"] }, "/artifacts/A%2FB", { query: "Name: x", hosts: ["web01"] }],
  ["search", { query: "Name: x", limit: 5 }, "/search", { query: "Name: x" }],
  ["stack", { artifact: "A", fields: ["Name"], order: "rare" }, "/artifacts/A", { stack: ["Name"] }],
  ["pivot", { value: "10.0.0.1" }, "/pivot", { value: "10.0.0.1" }],
  ["sweep", { list: "10.0.0.1", labels: ["dmz"] }, "/sweep", { list: "10.0.0.1", labels: ["dmz"] }],
  ["timeline", { host_id: "id", from: "2026-11-25T00:00:00.000Z" }, "/hosts/id", { tab: "timeline", from: "2026-11-25T00:00:00.000Z" }],
  ["diff", diff, "/diff", { artifact: "Linux.Sys.Pslist", key: ["Name"], before: "hunt:H.1", after: "times:2026-11-25T00:00:00.000Z.." }],
])("a saved %s opens on its page as it was asked", (kind, question, path, search) => {
  expect(placeOf(kind, question)).toEqual({ path, search });
});

test.each([
  ["search", { artifacts: ["A"], query: "Name: x" }, "Name: x in A"],
  ["search", {}, "every row in everything"],
  ["stack", { artifact: "A", fields: ["Name", "Exe"], query: "Pid > 5" }, "Name, Exe of A, Pid > 5"],
  ["sweep", { list: "a\n\nb\n" }, "2 lines of indicators in everything"],
  ["timeline", { host_id: "id", query: "x" }, "one host, everything, x"],
  ["diff", diff, "Linux.Sys.Pslist: H.1 with from 2026-11-25 00:00:00Z"],
])("a saved %s is told in words", (kind, question, words) => {
  expect(questionWords(kind, question)).toBe(words);
});

test("entries of a comparison are rows", () => {
  expect(entryRow(["sshd", 22], { fields: ["Name", "Port"] })).toEqual({ Name: "sshd", Port: 22 });
  expect(entryRow({ tenant_id: "t", host_id: "h", hostname: "web01", artifact: "A", data: { Name: "x" } }, {})).toEqual({ hostname: "web01", artifact: "A", Name: "x" });
  expect(entryRow({ hostname: "web01", change: "added", key: ["x"] }, {})).toEqual({ hostname: "web01", change: "added", key: ["x"] });
  expect(entryRow(7, {})).toEqual({ value: 7 });
});
