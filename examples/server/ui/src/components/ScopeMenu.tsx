import { Button, MultiSelect, Popover, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, askPage } from "../api/client";
import { tenantsQuery } from "../api/tenants";
import type { Browse } from "../lib/browse";
import { changed } from "../lib/change";
import { nameOf } from "../lib/hosts";
import { Icon } from "./icons";
import { TextsField } from "./TextsField";
import { TimeField } from "./TimeField";
import styles from "./ScopeMenu.module.css";

/** Which hosts, times and tenants a question is about, and in which order its rows come. */
export function ScopeMenu({ browse, set }: { browse: Browse; set: (browse: Browse) => void }) {
  const hosts = useQuery({ queryKey: ["hosts", "some"], queryFn: () => askPage(api.GET("/api/hosts", { params: { query: { limit: 1000 } } })) });
  const tenants = useQuery(tenantsQuery);
  const known = hosts.data?.entries ?? [];
  const labels = [...new Set(known.flatMap((h) => h.labels ?? []))];
  const change = (part: { [name in keyof Browse]: Browse[name] | undefined }) => set(changed(browse, part));
  const back = (days: number) => change({ from: new Date(Date.now() - days * 86_400_000).toISOString(), to: undefined });
  return (
    <Popover width={320} position="bottom-end" shadow="md" trapFocus transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="time" />} h={28}>
          Scope
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <div className={styles.fields} role="group" aria-label="Scope">
          <h2>Time of the rows</h2>
          <div className={styles.times}>
            <TimeField label="From" value={browse.from} set={(from) => change({ from })} />
            <TimeField label="Before" value={browse.to} set={(to) => change({ to })} />
          </div>
          <div className={styles.presets}>
            {([["24 h", 1], ["7 days", 7], ["30 days", 30]] as const).map(([label, days]) => (
              <Button key={label} variant="default" size="compact-xs" onClick={() => back(days)}>
                Last {label}
              </Button>
            ))}
            <Button variant="subtle" size="compact-xs" disabled={!browse.from && !browse.to} onClick={() => change({ from: undefined, to: undefined })}>
              Any time
            </Button>
          </div>
          <p>In UTC. Rows that have no time of their own are left out then.</p>
          <h2>Hosts</h2>
          <TextsField label="All hosts" value={browse.hosts} set={(hosts) => change({ hosts })} known={[...new Set(known.map(nameOf))]} />
          <TextsField label="Any label" value={browse.labels} set={(labels) => change({ labels })} known={labels} />
          <TextsField label="Any hunt, by its id (H.…)" value={browse.hunts} set={(hunts) => change({ hunts })} />
          {(tenants.data ?? []).length > 1 && (
            <>
              <h2>Tenants</h2>
              <MultiSelect
                aria-label="Tenants"
                placeholder={browse.tenants ? "" : "The one you are in"}
                data={tenants.data!.map((t) => ({ value: t.id, label: t.name }))}
                value={browse.tenants ?? []}
                onChange={(tenants) => change({ tenants: tenants.length > 0 ? tenants : undefined })}
              />
            </>
          )}
          <h2>Order</h2>
          <Select
            aria-label="Order"
            data={[
              { value: "newest", label: "The collection that came last comes first" },
              { value: "stored", label: "As stored, what was ingested first comes first" },
            ]}
            value={browse.order ?? "newest"}
            onChange={(order) => change({ order: order === "stored" ? "stored" : undefined })}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
