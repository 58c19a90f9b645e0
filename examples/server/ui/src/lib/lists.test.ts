import { expect, test } from "vitest";
import { joined, oneList } from "./lists";

const file = (name: string, text = name) => new File([text], name);
const names = (files: File[]) => files.map((f) => f.name);

test("plain lists are put together, and lists of a form of their own are left", () => {
  const { taken, left } = oneList([file("a.txt"), file("stix.json"), file("b"), file("c.CSV")]);
  expect([names(taken), names(left)]).toEqual([["a.txt", "b"], ["stix.json", "c.CSV"]]);
});

test("of lists with a form of their own the first is taken", () => {
  const { taken, left } = oneList([file("stix.json"), file("misp.json")]);
  expect([names(taken), names(left)]).toEqual([["stix.json"], ["misp.json"]]);
  expect(oneList([])).toEqual({ taken: [], left: [] });
});

test("joined lists keep their lines apart", async () => {
  expect(await joined([file("a.txt", "203.0.113.1"), file("b.txt", "203.0.113.2")]).text()).toBe("203.0.113.1\n203.0.113.2\n");
});
