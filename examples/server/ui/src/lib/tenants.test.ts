import { expect, test } from "vitest";
import { samePlace, tenantHue, tenantOf } from "./tenants";

const a = "0190b0f4-0000-7000-8000-00000000000a";
const b = "0190b0f4-0000-7000-8000-00000000000b";

test("an address names its tenant", () => {
  expect(tenantOf(`/t/${a}/hosts`)).toBe(a);
  expect(tenantOf("/hosts")).toBeUndefined();
});

test("switching stays on the screen and leaves what is the old tenant's", () => {
  expect(samePlace(`/t/${a}/hosts/0190`, b)).toBe(`/t/${b}/hosts`);
  expect(samePlace("/", b)).toBe(`/t/${b}/`);
});

test("a tenant keeps its colour", () => expect(tenantHue(a)).toBe(tenantHue(a)));
