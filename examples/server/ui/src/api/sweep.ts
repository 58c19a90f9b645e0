import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import type { Scope } from "../lib/scope";
import { api, ask } from "./client";

/** A list of indicators, as typed or as a file, and where to look for them. */
export type SweepQuestion = { list: string | File; scope: Scope };

const key = ["sweep", "answer"];

/**
 * A sweep that runs when it is told to. The list and the answer stay while the tenant is open, so that coming back from
 * a pivot shows them again; leaving while it runs ends it.
 */
export function useSweep() {
  const queries = useQueryClient();
  const next = useRef<SweepQuestion>(undefined);
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const question = next.current!;
      // The body goes as it is: the server tells by its content what it is, whatever the type says.
      const sent = { body: question.list as never, bodySerializer: (body: unknown) => body as never, headers: { "Content-Type": "text/plain" } };
      return { question, answer: await ask(api.POST("/api/hunt/sweep", { params: { query: question.scope }, ...sent, signal })) };
    },
    enabled: false,
    gcTime: Infinity,
    retry: false,
  });
  const cancel = () => queries.cancelQueries({ queryKey: key });
  const start = async (question: SweepQuestion) => {
    await cancel();
    next.current = question;
    void query.refetch();
  };
  return { ...query.data, running: query.isFetching, error: query.error, start, cancel };
}
