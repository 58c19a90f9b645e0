import { expect, test } from "vitest";
import type { components } from "../api/schema";
import { differencesOf } from "./diff";

const host = (id: string, more: object) => ({ host_id: id, hostname: id, client_id: "C." + id, tenant_id: "t", added: [], removed: [], changed: [], ...more });
const change = { key: ["ssh"], rows: 1, columns: [{ column: "Hash", before: ["aa"], after: ["bb"] }] };
const answer = {
  hosts: [
    host("a", { added: [{ key: ["common"], rows: 1, fleet_hosts: 9 }, { key: ["rare"], rows: 2, fleet_hosts: 1 }], changed: [change] }),
    host("b", { removed: [{ key: ["x"], rows: 1 }, { key: ["y"], rows: 1 }], changed: [change] }),
    host("c", { removed: [{ key: ["x"], rows: 1 }] }),
  ],
} as unknown as components["schemas"]["DiffAnswer"];

test("what few hosts have comes first", () => {
  const found = differencesOf(answer);
  expect(found.added.map((e) => [e.key[0], e.hosts])).toEqual([["rare", 1], ["common", 9]]);
  expect(found.removed.map((e) => [e.key[0], e.hostname, e.hosts])).toEqual([["y", "b", 1], ["x", "b", 2], ["x", "c", 2]]);
  expect(found.changed.map((e) => [e.column, e.before, e.after, e.hosts])).toEqual([["Hash", ["aa"], ["bb"], 2], ["Hash", ["aa"], ["bb"], 2]]);
});

test("a host's differences are looked at alone, beside what each host has", () => {
  const found = differencesOf(answer, "b");
  expect(found.added).toEqual([]);
  expect(found.removed).toHaveLength(2);
  expect(found.hosts.map((h) => [h.hostname, h.added, h.changed, h.removed])).toEqual([["a", 2, 1, 0], ["b", 0, 1, 2], ["c", 0, 0, 1]]);
});
