import type { components } from "./schema";

type ErrorModel = components["schemas"]["ErrorModel"];

/** What went wrong with a request, in words for the person that made it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: { where: string; message: string }[] = [],
  ) {
    super(detail || title);
    this.name = "Problem";
  }

  /** Whether asking again may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether what was read is there no more, and something else in its place. */
  get replaced(): boolean {
    return this.status === 409;
  }
}

/** The problem of an answer that is not a success. */
export function problemOf(status: number, body: unknown): Problem {
  const model = (typeof body === "object" && body !== null ? body : {}) as ErrorModel;
  const fields = (model.errors ?? []).map((e) => ({
    where: (e.location ?? "").replace(/^(body|query|path)\./, ""),
    message: e.message ?? "",
  }));
  return new Problem(status, model.title ?? `Answer ${status}`, model.detail ?? "", fields);
}

export function unreachable(cause: unknown): Problem {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Problem(0, "The server could not be reached", `Check the connection and try again. (${why})`);
}

/** Any error as a problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(-1, "Something in this page went wrong", error instanceof Error ? error.message : String(error));
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
