import { expect, test, vi } from "vitest";
import { Problem } from "./problem";
import { Pages, perPage, type LoadPage } from "./pages";

/** An answer of so many rows, the number of each its place, that notes what it is asked. */
function answerOf(length: number) {
  const asked: string[] = [];
  const load: LoadPage<number> = ({ cursor, skip, limit }) => {
    const first = Number(cursor ?? 0) + skip;
    asked.push(`${cursor ?? "-"} +${skip}`);
    const rows = Array.from({ length: Math.max(0, Math.min(limit, length - first)) }, (_, i) => first + i);
    return Promise.resolve({ rows, next: first + limit < length ? String(first + limit) : undefined });
  };
  return { asked, pages: new Pages(load) };
}

const settled = <T,>(pages: Pages<T>) => vi.waitFor(() => expect(pages.loading).toBe(false));

test("any row of a long answer comes when it is in sight, behind the nearest cursor", async () => {
  const { asked, pages } = answerOf(1_000_000);
  pages.start();
  await settled(pages);
  pages.setTotal(1_000_000);
  expect(pages.length).toBe(1_000_000);
  pages.see(500_000, 500_030);
  await vi.waitFor(() => expect(pages.at(500_010)).toBe(500_010));
  pages.see(500_000 + perPage, 500_030 + perPage);
  await vi.waitFor(() => expect(pages.at(500_030 + perPage)).toBe(500_030 + perPage));
  expect(asked).toContain(`${perPage} +${500_000 - perPage - perPage}`);
  expect(asked.at(-1)).toMatch(/ \+0$/);
});

test("no more rows are held than near the places seen last", async () => {
  const { pages } = answerOf(100_000);
  pages.start();
  await settled(pages);
  pages.setTotal(100_000);
  for (let row = 0; row < 80; row++) {
    pages.see(row * perPage, row * perPage + 30);
    await vi.waitFor(() => expect(pages.at(row * perPage + 30)).toBe(row * perPage + 30));
  }
  expect(pages.at(0)).toBeUndefined();
  expect(pages.loaded.length).toBeLessThanOrEqual(60 * perPage);
});

test("an answer that was not counted is as long as is known, and ends where its last page does", async () => {
  const { pages } = answerOf(perPage + 5);
  pages.start();
  await settled(pages);
  expect(pages.length).toBe(perPage + 1);
  pages.see(perPage - 20, perPage - 1);
  await settled(pages);
  pages.see(perPage - 1, perPage + 1);
  await vi.waitFor(() => expect(pages.length).toBe(perPage + 5));
});

test("a page that fails is asked for again only when somebody says so", async () => {
  let fail = true;
  const pages = new Pages<number>(() => (fail ? Promise.reject(new Error("no")) : Promise.resolve({ rows: [7], next: undefined })));
  pages.start();
  await vi.waitFor(() => expect(pages.error).toBeInstanceOf(Error));
  fail = false;
  pages.start();
  await vi.waitFor(() => expect(pages.at(0)).toBe(7));
});

test("rows that were replaced come anew", async () => {
  let replaced = false;
  const pages = new Pages<string>(({ cursor, skip }) => {
    if (replaced && cursor !== undefined) return Promise.reject(new Problem(409, "Conflict", "", []));
    const rows = Array.from({ length: perPage }, (_, i) => `${replaced ? "new" : "old"} ${Number(cursor ?? 0) + skip + i}`);
    return Promise.resolve({ rows, next: String(Number(cursor ?? 0) + skip + perPage) });
  });
  pages.start();
  await settled(pages);
  pages.setTotal(10 * perPage);
  expect(pages.at(0)).toBe("old 0");
  replaced = true;
  pages.see(3 * perPage, 3 * perPage + 30);
  await vi.waitFor(() => expect(pages.at(3 * perPage)).toBe(`new ${3 * perPage}`));
  expect(pages.error).toBeUndefined();
  pages.see(0, 30);
  await vi.waitFor(() => expect(pages.at(0)).toBe("new 0"));
});
