// Each tenant is under its own path, so that a link opens in the tenant it was made in.

const prefix = /^\/t\/([0-9a-fA-F-]{36})(?=\/|$)/;

/** The tenant that an address names. */
export function tenantOf(pathname: string): string | undefined {
  return pathname.match(prefix)?.[1];
}

/** Where a tenant's pages begin. */
export function tenantBase(tenant: string): string {
  return "/t/" + tenant;
}

/** The same screen of another tenant; not the same thing on it: what is in one tenant is not in another. */
export function samePlace(pathname: string, tenant: string): string {
  const screen = pathname.replace(prefix, "").split("/")[1] ?? "";
  return tenantBase(tenant) + "/" + screen;
}

/** A colour of the tenant's own, the same on every visit: the hue of twelve that are easy to tell apart. */
export function tenantHue(tenant: string): number {
  let sum = 2166136261;
  for (const character of tenant) sum = Math.imul(sum ^ character.charCodeAt(0), 16777619) >>> 0;
  return (sum % 12) * 30 + 12;
}
