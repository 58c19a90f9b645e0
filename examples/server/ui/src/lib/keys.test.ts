import { expect, test } from "vitest";
import { type Binding, keyName, resolve } from "./keys";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
const bind = (keys: string): Binding => ({ keys, does: keys, run: () => {} });

test("keys have one name on all keyboards", () => {
  expect(press("k", { metaKey: true })).toBe("mod+k");
  expect(press("k", { ctrlKey: true })).toBe("mod+k");
  expect(press("?", { shiftKey: true })).toBe("?");
  expect(press("C", { shiftKey: true })).toBe("shift+C");
});

test("two keys in a row are one binding, and the nearest layer is asked first", () => {
  const near = bind("j");
  const all = [near, bind("j"), bind("g h"), bind("h")];
  expect(resolve("j", "", all).run).toBe(near);
  expect(resolve("g", "", all)).toEqual({ wait: true });
  expect(resolve("h", "g", all).run?.keys).toBe("g h");
  expect(resolve("h", "", all).run?.keys).toBe("h");
});
