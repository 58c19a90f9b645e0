import { expect, test } from "vitest";
import { beginning, neutralise, plain } from "./text";

test("what could turn or hide text is shown by name", () => {
  expect(neutralise("invoice\u202Efdp.exe")).toEqual([{ text: "invoice" }, { mark: "U+202E" }, { text: "fdp.exe" }]);
  expect(plain("a\u0000b\u200Bc\u001b[31m")).toBe("a[␀]b[U+200B]c[U+001B][31m");
  expect(plain("\u{E0041}\ud800")).toBe("[U+E0041][U+D800]");
});

test("other texts stay as they are", () => {
  expect(neutralise("<script>alert(1)</script> Москва 東京 😀")).toEqual([{ text: "<script>alert(1)</script> Москва 東京 😀" }]);
});

test("a beginning never ends within a character", () => {
  expect(beginning("ab😀", 3)).toBe("ab");
  expect(beginning("ab", 3)).toBe("ab");
});
