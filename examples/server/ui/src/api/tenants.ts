import { api, ask } from "./client";

/** The tenants that somebody may enter. */
export const tenantsQuery = { queryKey: ["tenants"], queryFn: () => ask(api.GET("/api/tenants")), staleTime: 60_000 };
