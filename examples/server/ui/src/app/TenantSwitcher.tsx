import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { session } from "../api/session";
import { tenantsQuery } from "../api/tenants";
import { Icon } from "../components/icons";
import { Text } from "../components/Text";
import { tenantHue } from "../lib/tenants";
import { enterTenant, logOut } from "./App";
import styles from "./TenantSwitcher.module.css";

/** The tenant that everything on the page is of, in its own colour; one move leads to another. */
export function TenantSwitcher() {
  const { data } = useQuery(tenantsQuery);
  const me = session.me!;
  const here = data?.find((tenant) => tenant.id === me.tenant_id);
  return (
    <Menu>
      <Menu.Target>
        <button type="button" className={styles.tenant} style={hue(me.tenant_id)} data-tenant={me.tenant_id} aria-label={`Tenant ${here?.name ?? ""}, switch`}>
          <i />
          <b>
            <Text value={here?.name ?? "…"} />
          </b>
          <Icon name="down" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text value={me.username} />, {me.role} here
        </Menu.Label>
        {data?.map((tenant) => (
          <Menu.Item key={tenant.id} onClick={() => tenant.id !== me.tenant_id && enterTenant(tenant.id)} leftSection={<i className={styles.dot} style={hue(tenant.id)} />}>
            <Text value={tenant.name} />
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={logOut}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function hue(tenant: string) {
  return { "--hue": tenantHue(tenant) } as React.CSSProperties;
}
