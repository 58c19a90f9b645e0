import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schemas } from "../../api/client";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { ProblemNote } from "../../components/ProblemNote";
import { Time } from "../../components/Time";
import { NameForm } from "./NameForm";
import { Secret } from "./Secret";

type Token = Schemas["Token"];

/** Tokens of programs, which may ingest and nothing else. */
export function Tokens() {
  const queries = useQueryClient();
  const tokens = useQuery({ queryKey: ["tokens"], queryFn: () => ask(api.GET("/api/tokens")) });
  const [name, setName] = useState("");
  const again = () => queries.invalidateQueries({ queryKey: ["tokens"] });
  const make = useMutation({ mutationFn: () => ask(api.POST("/api/tokens", { body: { name, scope: "ingest" } })), onSuccess: () => (setName(""), again()) });
  const end = useMutation({ mutationFn: (t: Token) => ask(api.DELETE("/api/tokens/{token_id}", { params: { path: { token_id: t.id } } })), onSuccess: again });
  const columns: Column<Token>[] = [
    { id: "name", title: "Name", width: 220, grow: true, value: (t) => t.name },
    { id: "scope", title: "For", width: 90, value: (t) => t.scope },
    { id: "created_by", title: "Made by", width: 160, value: (t) => (t.created_by_username || t.created_by) + (t.created_by_is_active === false ? " (inactive)" : "") },
    { id: "created_at", title: "Made", width: 200, value: (t) => t.created_at, cell: (t) => <Time at={t.created_at} /> },
    { id: "last_used_at", title: "Last used", width: 200, value: (t) => t.last_used_at ?? undefined, cell: (t) => <Time at={t.last_used_at} /> },
    { id: "expires_at", title: "Until", width: 200, value: (t) => t.expires_at ?? undefined, cell: (t) => (t.usable ? <Time at={t.expires_at} /> : "ended") },
    {
      id: "end",
      title: "End",
      width: 80,
      value: () => undefined,
      cell: (t) => (
        <Button variant="subtle" size="compact-xs" onClick={() => end.mutate(t)}>
          End it
        </Button>
      ),
    },
  ];
  return (
    <>
      <NameForm label="New token for ingestion" placeholder="What it is for" value={name} set={setName} width={240} makes="Make it" make={make} />
      <ProblemNote error={make.error ?? end.error} />
      {make.data && <Secret title="The token." value={make.data.token} />}
      <Grid
        name="tokens"
        label="tokens"
        columns={columns}
        rows={tokens.data ?? []}
        more={{ has: false, loading: tokens.isFetching, error: tokens.error, load: () => void tokens.refetch() }}
        empty={<Empty title="No tokens">With one, a Velociraptor server can push what it collects.</Empty>}
      />
    </>
  );
}
