import { Button } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { session } from "../api/session";
import { tenantsQuery } from "../api/tenants";
import { Empty } from "../components/Empty";
import { ProblemNote } from "../components/ProblemNote";
import { Text } from "../components/Text";
import { tenantBase } from "../lib/tenants";
import { logOut } from "./App";

const queries = new QueryClient();

/** The address names a tenant that this person cannot enter; from here the others can be. */
export function NoTenant() {
  return (
    <QueryClientProvider client={queries}>
      <Ways />
    </QueryClientProvider>
  );
}

function Ways() {
  const { data, error } = useQuery(tenantsQuery);
  return (
    <Empty title="You cannot enter this tenant">
      <p>
        The address names a tenant that does not exist, or that <Text value={session.me!.username} /> has no grant for. Ask one of its admins for a
        grant, or go to one that you can enter:
      </p>
      <ul>
        {data?.map((tenant) => (
          <li key={tenant.id}>
            <a href={tenantBase(tenant.id) + "/"}>
              <Text value={tenant.name} />
            </a>
          </li>
        ))}
      </ul>
      <ProblemNote error={error} />
      <Button variant="default" onClick={logOut}>
        Log out
      </Button>
    </Empty>
  );
}
