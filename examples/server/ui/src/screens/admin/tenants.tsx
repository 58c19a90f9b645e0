import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask, type Schemas } from "../../api/client";
import { session } from "../../api/session";
import { tenantsQuery } from "../../api/tenants";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { ProblemNote } from "../../components/ProblemNote";
import { Time } from "../../components/Time";
import { NameForm } from "./NameForm";

type Grant = Schemas["Grant"];

const unlimited = "until revoked";
const spans = [unlimited, { value: "1", label: "a day" }, { value: "7", label: "a week" }, { value: "30", label: "30 days" }, { value: "90", label: "90 days" }];

/** When a grant of so many days ends. */
function until(days: string): { expires_at?: string } {
  return days === unlimited ? {} : { expires_at: new Date(Date.now() + Number(days) * 86_400_000).toISOString() };
}

/** New tenants, and who from elsewhere may enter this one. */
export function Tenants() {
  const tenant = session.me!.tenant_id;
  const queries = useQueryClient();
  const { data: tenants } = useQuery(tenantsQuery);
  const grants = useQuery({ queryKey: ["grants"], queryFn: () => ask(api.GET("/api/tenants/{tenant_id}/grants", { params: { path: { tenant_id: tenant } } })) });
  const [name, setName] = useState("");
  const [user, setUser] = useState("");
  const [role, setRole] = useState<"user" | "admin">("user");
  const [days, setDays] = useState(unlimited);
  const again = () => Promise.all([queries.invalidateQueries({ queryKey: ["tenants"] }), queries.invalidateQueries({ queryKey: ["grants"] })]);
  const make = useMutation({ mutationFn: () => ask(api.POST("/api/tenants", { body: { name } })), onSuccess: () => (setName(""), again()) });
  const grant = useMutation({
    mutationFn: () => ask(api.POST("/api/tenants/{tenant_id}/grants", { params: { path: { tenant_id: tenant } }, body: { user_id: user, role, ...until(days) } })),
    onSuccess: () => (setUser(""), again()),
  });
  const revoke = useMutation({
    mutationFn: (g: Grant) => ask(api.DELETE("/api/tenants/{tenant_id}/grants/{user_id}", { params: { path: { tenant_id: tenant, user_id: g.user_id } } })),
    onSuccess: again,
  });
  const columns: Column<Grant>[] = [
    { id: "username", title: "User", width: 200, grow: true, value: (g) => g.username || g.user_id },
    { id: "role", title: "Role", width: 90, value: (g) => g.role },
    { id: "created_at", title: "Granted", width: 200, value: (g) => g.created_at, cell: (g) => <Time at={g.created_at} /> },
    { id: "expires_at", title: "Until", width: 200, value: (g) => g.expires_at ?? undefined, cell: (g) => <Time at={g.expires_at} /> },
    {
      id: "revoke",
      title: "Revoke",
      width: 100,
      value: () => undefined,
      cell: (g) => (
        <Button variant="subtle" size="compact-xs" onClick={() => revoke.mutate(g)}>
          Revoke
        </Button>
      ),
    },
  ];
  return (
    <>
      <NameForm label="New tenant" placeholder="Its name" value={name} set={setName} makes="Make it" make={make}>
        <span>You may enter {tenants?.length ?? "…"}: the switch is at the top left.</span>
      </NameForm>
      <NameForm
        label="Let in a user of another tenant"
        placeholder="The user's id"
        value={user}
        set={setUser}
        width={280}
        makes="Grant"
        make={grant}
        between={
          <>
            <Select label="Role" data={["user", "admin"]} value={role} onChange={(next) => next && setRole(next)} w={110} />
            <Select label="For" data={spans} value={days} onChange={(next) => next && setDays(next)} w={130} />
          </>
        }
      />
      <ProblemNote error={make.error ?? grant.error ?? revoke.error} />
      <Grid
        name="grants"
        label="grants"
        columns={columns}
        rows={grants.data ?? []}
        more={{ has: false, loading: grants.isFetching, error: grants.error, load: () => void grants.refetch() }}
        empty={<Empty title="Nobody from elsewhere may enter this tenant">A grant lets a user of another tenant in.</Empty>}
      />
    </>
  );
}
