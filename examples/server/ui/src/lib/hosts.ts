/** What a host is called: by its client where nobody has told its name yet. */
export const nameOf = (host: { hostname: string; client_id: string }): string => host.hostname || host.client_id || "nameless";
