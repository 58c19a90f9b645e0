import { Menu, Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, ask, askPage, type Schemas } from "../../api/client";
import { useList } from "../../api/lists";
import { session } from "../../api/session";
import { Badge } from "../../components/Badge";
import { Empty } from "../../components/Empty";
import { Grid } from "../../components/grid/Grid";
import type { Column } from "../../components/grid/types";
import { Icon } from "../../components/icons";
import { ProblemNote } from "../../components/ProblemNote";
import { Time } from "../../components/Time";

type User = Schemas["User"];
type Change = { user: User; change: Schemas["UserChangeBody"] };

/** The users of the tenant: their roles, and whether they may come in. */
export function Users() {
  const queries = useQueryClient();
  const { rows, more } = useList(["users"], (cursor, signal) =>
    askPage(api.GET("/api/users", { params: { query: { limit: 500, ...(cursor && { cursor }) } }, signal })),
  );
  const { mutate, error } = useMutation({
    mutationFn: ({ user, change }: Change) => ask(api.PUT("/api/users/{user_id}", { params: { path: { user_id: user.id } }, body: change })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["users"] }),
  });
  const columns: Column<User>[] = [
    { id: "username", title: "Name", width: 220, grow: true, value: (u) => u.username },
    { id: "role", title: "Role", width: 90, value: (u) => u.role },
    { id: "is_active", title: "State", width: 110, value: (u) => (u.is_active ? "active" : "deactivated"), cell: (u) => <Badge tone={u.is_active ? "good" : "plain"}>{u.is_active ? "active" : "deactivated"}</Badge> },
    { id: "created_at", title: "Since", width: 200, value: (u) => u.created_at, cell: (u) => <Time at={u.created_at} /> },
    { id: "change", title: "Change", width: 100, value: () => undefined, cell: (u) => (u.id === session.me?.id ? "that is you" : <ChangeMenu user={u} change={(change) => mutate({ user: u, change })} />) },
  ];
  return (
    <>
      <ProblemNote error={error} />
      <Grid name="users" label="users" columns={columns} rows={rows} more={more} empty={<Empty title="Nobody is at home in this tenant">An invite lets a person register in it; those who come in by a grant are under tenants.</Empty>} />
    </>
  );
}

function ChangeMenu({ user, change }: { user: User; change: (change: Schemas["UserChangeBody"]) => void }) {
  const other = user.role === "admin" ? "user" : "admin";
  return (
    <Menu>
      <Menu.Target>
        <Button variant="subtle" size="compact-xs" aria-label={"Change " + user.username}>
          <Icon name="more" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => change({ role: other })}>Make {other}</Menu.Item>
        <Menu.Item onClick={() => change({ is_active: !user.is_active })}>{user.is_active ? "Deactivate" : "Let in again"}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
