import { expect, test } from "vitest";
import { baseOf, scaleOf, shiftOf, tallest } from "./tall";

test("a table that can be drawn is drawn as it is", () => {
  expect(scaleOf(tallest, 800)).toBe(1);
  expect(baseOf(123, 1)).toBe(0);
  expect(shiftOf(123, 1)).toBe("");
});

test("the bar of a taller one leads from its first row to its last", () => {
  const view = 800;
  const size = 260_000_000;
  const scale = scaleOf(size, view);
  expect(scale * (tallest - view)).toBeCloseTo(size - view);
  for (const scrolled of [0, 1000, 7_654_321, tallest - view]) {
    const offset = scrolled * scale;
    const shift = Number(shiftOf(offset, scale).match(/-?[\d.e+-]+(?=px)/)?.[0]);
    // A row at the offset is drawn at the top of what is seen.
    expect(offset - baseOf(offset, scale) + shift).toBeCloseTo(scrolled, 3);
    expect(Math.abs(shift)).toBeLessThan(tallest + 1_000_000);
  }
});
