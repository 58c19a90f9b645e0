import { Tabs } from "@mantine/core";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { session } from "../api/session";
import { Empty } from "../components/Empty";
import { Page } from "../components/Page";
import { Audit } from "./admin/audit";
import { Invites } from "./admin/invites";
import { Tenants } from "./admin/tenants";
import { Tokens } from "./admin/tokens";
import { Users } from "./admin/users";

const route = getRouteApi("/admin");
const tabs = { users: Users, invites: Invites, tenants: Tenants, tokens: Tokens, audit: Audit };
type Tab = keyof typeof tabs;

/** What only admins of the tenant do. */
export function Admin() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/admin" });
  if (session.me?.role !== "admin") return <Empty title="This is for admins">Ask an admin of the tenant.</Empty>;
  const tab: Tab = search.tab && search.tab in tabs ? (search.tab as Tab) : "users";
  const Shown = tabs[tab];
  return (
    <Page title="Administration" flush>
      <Tabs value={tab} onChange={(next) => void navigate({ search: { tab: next ?? "users" } })}>
        <Tabs.List>
          {Object.keys(tabs).map((name) => (
            <Tabs.Tab key={name} value={name} tt="capitalize">
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <Shown />
    </Page>
  );
}
