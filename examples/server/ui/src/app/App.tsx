import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { asProblem, Problem } from "../api/problem";
import { session } from "../api/session";
import { notice, Notices } from "../components/Notices";
import { samePlace, tenantBase, tenantOf } from "../lib/tenants";
import { LoginPage, LoginOver, OtherPage } from "./Login";
import { NoTenant } from "./NoTenant";
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
    // A page that the browser kept for going back to may be of somebody who has logged out since.
    const restart = (event: PageTransitionEvent) => event.persisted && location.reload();
    window.addEventListener("pageshow", restart);
    return () => window.removeEventListener("pageshow", restart);
  }, []);
  useEffect(() => {
    if (state === "other" || state === "left") clear();
    // Not to where it was: whoever logs in next may be of another tenant.
    if (state === "left") location.replace("/");
  }, [state]);
  if (state === "unknown") return <Starting />;
  if (state === "left") return null;
  if (state === "other") return <OtherPage />;
  if (!me) return <LoginPage />;
  const named = tenantOf(location.pathname);
  return (
    <>
      {named && named !== me.tenant_id ? <NoTenant /> : <Tenant tenant={me.tenant_id} />}
      {state === "expired" && <LoginOver />}
      <Notices />
    </>
  );
}

/** Everything that is kept of a tenant's data hangs below this. */
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

/** Leads to the same screen of another tenant, which is another page: nothing of this one can get into it. */
export function enterTenant(tenant: string) {
  location.assign(samePlace(location.pathname, tenant));
}

/** Logs out, and says so where the server could not be told. */
export function logOut() {
  session.logout().catch((error: unknown) => notice(asProblem(error).message));
}
