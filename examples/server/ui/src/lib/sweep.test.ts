import { expect, test } from "vitest";
import { byHost, byIndicator, type Hit } from "./sweep";

const hit = (line: number, indicator: string, hostname: string, artifact: string, day: number): Hit => ({
  indicator, line, kind: "ip", value: indicator, hostname, artifact, rows: 2, collections: [], client_id: "C." + hostname, host_id: hostname, tenant_id: "t",
  first_seen: `2026-11-0${day}T00:00:00Z`, last_seen: `2026-11-0${day}T00:00:00.5Z`,
});

const hits = [hit(1, "10.0.0.1", "a", "Netstat", 3), hit(1, "10.0.0.1", "b", "Netstat", 2), hit(1, "10.0.0.1", "b", "Pslist", 4), hit(5, "10.0.0.9", "b", "Netstat", 1)];

test("hits of an indicator are put together, in the order of the list", () => {
  expect(byIndicator(hits)).toMatchObject([
    { indicator: "10.0.0.1", line: 1, hosts: ["a", "b"], artifacts: ["Netstat", "Pslist"], rows: 6, first_seen: "2026-11-02T00:00:00Z", last_seen: "2026-11-04T00:00:00.5Z" },
    { indicator: "10.0.0.9", line: 5, hosts: ["b"], rows: 2 },
  ]);
});

test("hits of a host are put together, and the host with the most indicators comes first", () => {
  expect(byHost(hits)).toMatchObject([
    { hostname: "b", indicators: ["10.0.0.1", "10.0.0.9"], rows: 6, first_seen: "2026-11-01T00:00:00Z" },
    { hostname: "a", indicators: ["10.0.0.1"], rows: 2 },
  ]);
});
