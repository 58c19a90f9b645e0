import { expect, test } from "vitest";
import { barAt, barsOf, heightOf, scaled, spanOf, ticksOf } from "./histogram";

const bars = barsOf([{ from: "2026-11-25T00:00:00Z", rows: 4 }, { from: "2026-11-25T00:03:00Z", rows: 1 }], 60);

test("spans without rows have bars too", () => {
  expect(bars.map((b) => b.rows)).toEqual([4, 0, 0, 1]);
  expect(bars.at(-1)!.to).toBe(Date.parse("2026-11-25T00:04:00Z"));
  expect(barsOf([], 60)).toEqual([]);
});

test("a drag selects whole bars in either direction", () => {
  const span = { from: "2026-11-25T00:01:00.000Z", to: "2026-11-25T00:04:00.000Z" };
  expect(spanOf(bars, barAt(0.3, 4), barAt(1, 4))).toEqual(span);
  expect(spanOf(bars, 3, 1)).toEqual(span);
  expect(barAt(-0.2, 4)).toBe(0);
});

test("a span is zoomed around its middle, never to nothing", () => {
  const hour = { from: Date.parse("2026-11-25T00:00:00Z"), to: Date.parse("2026-11-25T01:00:00Z") };
  expect(scaled(hour, 0.5)).toEqual({ from: "2026-11-25T00:15:00.000Z", to: "2026-11-25T00:45:00.000Z" });
  expect(scaled(hour, 2, hour.from)).toEqual({ from: "2026-11-24T23:00:00.000Z", to: "2026-11-25T01:00:00.000Z" });
  const moment = scaled({ from: 0, to: 1000 }, 0.5);
  expect(Date.parse(moment.to) - Date.parse(moment.from)).toBeGreaterThanOrEqual(1000);
});

test("a bar of one row is seen beside one of thousands", () => {
  expect(heightOf(10_000, 10_000)).toBe(1);
  expect(heightOf(1, 10_000)).toBe(0.01);
  expect(heightOf(0, 0)).toBe(0);
});

test("times below the bars are as short as the bars allow", () => {
  expect(ticksOf(bars, 2).map((t) => t.text)).toEqual(["11-25 00:00", "11-25 00:02"]);
  expect(ticksOf(barsOf([{ from: "2026-11-20T00:00:00Z", rows: 1 }], 86400), 5)).toEqual([{ at: 0, text: "2026-11-20" }]);
  expect(ticksOf(barsOf([{ from: "2026-11-20T00:00:07Z", rows: 1 }], 1), 5)[0]!.text).toBe("00:00:07");
});
