import { Link } from "@tanstack/react-router";
import { nameOf } from "../lib/hosts";
import { Text } from "./Text";
import { Value } from "./Value";

/** To a host. */
export function HostLink({ host }: { host: { host_id: string; hostname: string; client_id: string } }) {
  return (
    <Link to="/hosts/$hostId" params={{ hostId: host.host_id }}>
      <Text value={nameOf(host)} />
    </Link>
  );
}

/** The address of everything that has a value. */
export const pivotTo = (value: string) => ({ to: "/pivot" as const, search: { value } });

/** To everything that has a value. */
export function PivotLink({ value }: { value: string }) {
  return (
    <Link {...pivotTo(value)}>
      <Value value={value} />
    </Link>
  );
}
