import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schemas } from "../../api/client";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { ProblemNote } from "../../components/ProblemNote";
import { Time } from "../../components/Time";
import styles from "./admin.module.css";
import { Secret } from "./Secret";

type Invite = Schemas["OpenInvite"];

/** Lets somebody into the tenant, and shows who could come in by an invite that was made. */
export function Invites() {
  const queries = useQueryClient();
  const invites = useQuery({ queryKey: ["invites"], queryFn: () => ask(api.GET("/api/auth/invites")) });
  const again = () => queries.invalidateQueries({ queryKey: ["invites"] });
  const [role, setRole] = useState<"user" | "admin">("user");
  const [days, setDays] = useState("7");
  const make = useMutation({ mutationFn: () => ask(api.POST("/api/auth/invites", { body: { role, expires_in_minutes: Number(days) * 24 * 60 } })), onSuccess: again });
  const revoke = useMutation({ mutationFn: (i: Invite) => ask(api.DELETE("/api/auth/invites/{invite_id}", { params: { path: { invite_id: i.id } } })), onSuccess: again });
  const columns: Column<Invite>[] = [
    { id: "role", title: "Role", width: 90, value: (i) => i.role },
    { id: "created_by", title: "Made by", width: 180, grow: true, value: (i) => i.created_by_username || i.created_by },
    { id: "created_at", title: "Made", width: 200, value: (i) => i.created_at, cell: (i) => <Time at={i.created_at} /> },
    { id: "expires_at", title: "Until", width: 200, value: (i) => i.expires_at, cell: (i) => <Time at={i.expires_at} /> },
    { id: "usable", title: "State", width: 220, value: (i) => (i.usable ? "can be used" : "its maker may not invite now") },
    {
      id: "revoke",
      title: "Revoke",
      width: 90,
      value: () => undefined,
      cell: (i) => (
        <Button variant="subtle" size="compact-xs" onClick={() => revoke.mutate(i)}>
          Revoke
        </Button>
      ),
    },
  ];
  return (
    <>
      <div className={styles.form}>
        <Select label="Role" data={["user", "admin"]} value={role} onChange={(next) => next && setRole(next)} w={110} />
        <Select label="Good for" data={[{ value: "1", label: "a day" }, { value: "7", label: "a week" }, { value: "30", label: "30 days" }]} value={days} onChange={(next) => next && setDays(next)} w={110} />
        <Button size="xs" onClick={() => make.mutate()} loading={make.isPending}>
          Make an invite
        </Button>
      </div>
      <ProblemNote error={make.error ?? revoke.error} />
      {make.data && <Secret title="Send this to the person." value={`${location.origin}/?invite=${encodeURIComponent(make.data.invite)}`} />}
      <Grid
        name="invites"
        label="invites"
        columns={columns}
        rows={invites.data ?? []}
        more={{ has: false, loading: invites.isFetching, error: invites.error, load: () => void invites.refetch() }}
        empty={<Empty title="An invite lets one person register in this tenant">Whoever has it can use it: send it in confidence.</Empty>}
      />
    </>
  );
}
