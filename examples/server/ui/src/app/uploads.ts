import { useSyncExternalStore } from "react";
import { asProblem, Problem } from "../api/problem";
import { type Ingested, upload } from "../api/upload";

/** A file on its way in. It goes on while other pages are looked at. */
export type Upload = {
  id: number;
  file: File;
  query: Record<string, string>;
  state: "waiting" | "sending" | "locked" | "done" | "failed";
  part: number;
  answer?: Ingested;
  problem?: Problem;
};

const atOnce = 2;
let uploads: Upload[] = [];
let last = 0;
const aborts = new Map<number, AbortController>();
const passwords = new Map<number, string>();
const listeners = new Set<() => void>();

function put(id: number, change: Partial<Upload>) {
  uploads = uploads.map((u) => (u.id === id ? { ...u, ...change } : u));
  listeners.forEach((listener) => listener());
}

export function useUploads(): Upload[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => uploads,
  );
}

export function add(files: File[], query: Record<string, string>, done: () => void) {
  uploads = [...uploads, ...files.map((file) => ({ id: ++last, file, query, state: "waiting" as const, part: 0 }))];
  listeners.forEach((listener) => listener());
  next(done);
}

/** Tries a file again: with a password where it was locked, or with what it now says of its rows. */
export function again(id: number, given: { password?: string; query?: Record<string, string> }, done: () => void) {
  if (given.password) passwords.set(id, given.password);
  put(id, { state: "waiting", part: 0, ...(given.query && { query: given.query }) });
  next(done);
}

export function cancel(id: number) {
  aborts.get(id)?.abort();
  if (uploads.some((u) => u.id === id && u.state === "waiting")) put(id, { state: "failed", problem: new Problem(-1, "Cancelled", "It was not sent.") });
}

/** Whether leaving the page would lose files that are on their way. */
export function sending(): boolean {
  return uploads.some((u) => u.state === "sending" || u.state === "waiting");
}

/** Stops and forgets everything, as when somebody logs out. */
export function clear() {
  aborts.forEach((abort) => abort.abort());
  uploads = [];
  passwords.clear();
  listeners.forEach((listener) => listener());
}

export function clearFinished() {
  uploads = uploads.filter((u) => u.state !== "done" && u.state !== "failed");
  listeners.forEach((listener) => listener());
}

function next(done: () => void) {
  const free = atOnce - uploads.filter((u) => u.state === "sending").length;
  for (const waiting of uploads.filter((u) => u.state === "waiting").slice(0, Math.max(0, free))) void send(waiting, done);
}

async function send({ id, file, query }: Upload, done: () => void) {
  const abort = new AbortController();
  aborts.set(id, abort);
  put(id, { state: "sending" });
  const password = passwords.get(id);
  try {
    const answer = await upload(file, { query, signal: abort.signal, progress: (part) => put(id, { part }), ...(password !== undefined && { password }) });
    put(id, { state: "done", answer });
    done();
  } catch (error) {
    const problem = asProblem(error);
    put(id, { state: isLocked(problem) ? "locked" : "failed", problem });
  } finally {
    aborts.delete(id);
    passwords.delete(id);
    next(done);
  }
}

/** Whether a file needs a password, or another one. What is locked for a key is opened by the server that has the key. */
export function isLocked(problem: Problem): boolean {
  return !/owner of a key/.test(problem.detail) && problem.status >= 400 && problem.status < 500 && /password|locked/i.test(problem.title + " " + problem.detail);
}
