import { expect, test } from "vitest";
import { tallest, Track } from "./tall";

const view = 800;
const size = 260_000_000;
const end = tallest - view;

function trackOf(size: number) {
  const track = new Track();
  track.measure(size, view);
  return track;
}

/** How far below the top of what is seen a row is drawn. */
function drawnAt(track: Track, bar: number, row: number) {
  const shift = Number(track.shift.match(/-?[\d.e+-]+(?=px)/)?.[0]);
  expect(Math.abs(shift)).toBeLessThan(tallest + 1_000_000);
  return row - track.rebase() + shift - bar;
}

test("a table that can be drawn is drawn as it is", () => {
  const track = trackOf(tallest);
  track.moved(123);
  expect([track.offset, track.place, track.shift, track.rebase()]).toEqual([123, 123, "", 0]);
});

test("the bar of a taller one leads from its first row to its last", () => {
  const track = trackOf(size);
  for (const [bar, offset] of [[end, size - view], [end / 2, (size - view) / 2], [0, 0]] as const) {
    track.moved(bar);
    track.rebase();
    expect(track.offset).toBeCloseTo(offset, 3);
    expect(drawnAt(track, bar, offset)).toBeCloseTo(0, 3);
  }
});

test("a bar that is dragged the last bit to an end brings the table there", () => {
  const track = trackOf(size);
  track.moved(end - 3000);
  track.moved(end);
  expect(track.offset).toBeCloseTo(size - view, 3);
});

test("the wheel moves a taller one by its pixels, and nothing has to be moved for it", () => {
  const track = trackOf(size);
  track.moved(end / 2);
  track.rebase();
  const { offset, shift } = track;
  track.moved(end / 2 + 600);
  expect(track.offset).toBeCloseTo(offset + 600, 3);
  expect(track.shift).toBe(shift);
  expect(track.place).toBeCloseTo(end / 2 + 600 / track.scale, 3);
});

test("a bar that came to an end before its table is put back", () => {
  const track = trackOf(size);
  track.go(10_000);
  track.put(track.place);
  track.moved(0); // by fewer pixels than the table has above
  expect(track.offset).toBeGreaterThan(0);
  expect(track.stuck).toBe(true);
  track.put(track.place);
  expect(track.stuck).toBe(false);
  track.go(-1);
  expect(track.offset).toBe(0);
});
