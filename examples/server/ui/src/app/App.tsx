import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { Problem } from "../api/problem";
import { session } from "../api/session";
import { Empty } from "../components/Empty";
import { Notices } from "../components/Notices";
import { samePlace, tenantBase, tenantOf } from "../lib/tenants";
import { LoginPage, LoginOver } from "./Login";
import { makeRouter } from "./router";
import { clear } from "./uploads";
import { Starting } from "./Starting";

export function useSession() {
  useSyncExternalStore(session.subscribe, session.snapshot);
  return session;
}

/** Login, or the pages of the tenant that the address names. */
export function App() {
  const { state, me } = useSession();
  useEffect(() => {
    // Going back over a switch of tenants.
    const follow = () => {
      const tenant = tenantOf(location.pathname);
      if (tenant && session.me && tenant !== session.me.tenant_id) void enterTenant(tenant, location.pathname + location.search);
    };
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, []);
  if (state === "unknown") return <Starting />;
  if (!me) return <LoginPage />;
  const named = tenantOf(location.pathname);
  if (named && named !== me.tenant_id) return <NoTenant own={me.tenant_id} />;
  return (
    <>
      <Tenant key={me.id + me.tenant_id} tenant={me.tenant_id} />
      {state === "expired" && <LoginOver />}
      <Notices />
    </>
  );
}

/** Everything that is kept of a tenant's data hangs below this, and goes when the tenant changes. */
function Tenant({ tenant }: { tenant: string }) {
  const { queries, router } = useMemo(() => {
    if (!tenantOf(location.pathname)) history.replaceState(null, "", samePlace(location.pathname, tenant) + location.search);
    const queries = makeQueries();
    return { queries, router: makeRouter(tenantBase(tenant), queries) };
  }, [tenant]);
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}

function makeQueries() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => error instanceof Problem && error.passing && failures < 2,
      },
    },
  });
}

/** Moves the tab into a tenant; to the page at target, or to where it is now in that tenant. */
export function enterTenant(tenant: string, target = samePlace(location.pathname, tenant)) {
  return session.switchTo(tenant, () => {
    clear();
    if (location.pathname + location.search !== target) history.pushState(null, "", target);
  });
}

/** The address names a tenant that this person cannot enter. */
function NoTenant({ own }: { own: string }) {
  return (
    <Empty title="You cannot enter this tenant">
      The address names a tenant that does not exist, or that you have no grant for. Ask one of its admins for a grant, or{" "}
      <a href={tenantBase(own) + "/"}>go to your own tenant</a>.
    </Empty>
  );
}
