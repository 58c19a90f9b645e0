import createClient from "openapi-fetch";
import { apiURL } from "../lib/config";
import { parseExact } from "../lib/rows";
import { problemOf } from "./problem";
import type { components, paths } from "./schema";
import { session } from "./session";

export type Schemas = components["schemas"];

/** Every route of the API, typed by its OpenAPI document. */
export const api = createClient<paths>({ baseUrl: apiURL, fetch: session.fetch });

type Answered<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer, or its problem thrown. */
export async function ask<T>(answer: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response.status, error);
  return data as T;
}

/** A page of a list: its entries, and where the next page begins. */
export type Page<T> = { entries: T[]; next: string | undefined };

/** The page that an answer with a Link header is. */
export async function askPage<T>(answer: Promise<Answered<T[] | null>>): Promise<Page<T>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response.status, error);
  return { entries: data ?? [], next: nextCursor(response.headers.get("Link")) };
}

/** The cursor in a Link header's next page. */
export function nextCursor(link: string | null): string | undefined {
  const target = link?.match(/<([^>]*)>\s*;\s*rel="?next"?/)?.[1];
  return target === undefined ? undefined : (new URL(target, "http://relative").searchParams.get("cursor") ?? undefined);
}

/** The same for answers with rows of endpoints, whose numbers may have more digits than JavaScript holds. */
export async function askExact<T>(answer: Promise<Answered<unknown>>): Promise<{ data: T; next: string | undefined }> {
  const { data, error, response } = await answer;
  if (!response.ok) throw problemOf(response.status, error);
  return { data: parseExact<T>(data as string), next: nextCursor(response.headers.get("Link")) };
}
