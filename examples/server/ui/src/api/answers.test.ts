import { expect, test } from "vitest";
import { problemOf } from "./problem";

test("a problem says what is wrong with which field", () => {
  const problem = problemOf(422, { title: "Unprocessable Entity", detail: "validation failed", errors: [{ location: "body.name", message: "too long" }] });
  expect(problem).toMatchObject({ status: 422, detail: "validation failed", fields: [{ where: "name", message: "too long" }], passing: false });
  expect(problemOf(503, undefined).passing).toBe(true);
});
