import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useState } from "react";
import { api, ask, askPage } from "../api/client";
import { Icon, type IconName } from "../components/icons";
import { pivotTo } from "../components/links";
import { Text } from "../components/Text";
import { session } from "../api/session";
import { nameOf } from "../lib/hosts";
import { enterTenant } from "./App";
import type { Place } from "./places";
import { tenantsQuery } from "../api/tenants";
import styles from "./Palette.module.css";

type Entry = { name: string; kind: string; icon: IconName; run: () => void };

/** One field that leads anywhere: pages, artifacts, hosts and tenants. */
export function Palette({ places, close }: { places: Place[]; close: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const artifacts = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const hosts = useQuery({
    queryKey: ["hosts", "palette", typed],
    queryFn: ({ signal }) => askPage(api.GET("/api/hosts", { params: { query: { name: typed, limit: 8 } }, signal })),
    enabled: typed.length > 0,
  });
  const tenants = useQuery(tenantsQuery);
  const has = (name: string) => name.toLowerCase().includes(typed.toLowerCase());
  const value = typed.replace(/^pivot\s+/i, "").trim();
  const pivot: Entry = { name: value, kind: "pivot: where else it is", icon: "pivot", run: () => void navigate(pivotTo(value)) };
  const pivotFirst = /^pivot\s+\S/i.test(typed);
  const entries: Entry[] = [
    ...(pivotFirst ? [pivot] : []),
    ...places.filter((p) => has(p.name)).map((p) => ({ name: p.name, kind: "page", icon: p.icon, run: () => void navigate({ to: p.to }) })),
    ...(typed === "" ? [] : (artifacts.data ?? []))
      .filter((a) => has(a.artifact))
      .slice(0, 12)
      .map((a) => ({ name: a.artifact, kind: "artifact", icon: "artifact" as const, run: () => void navigate({ to: "/artifacts/$artifact", params: { artifact: a.artifact } }) })),
    ...(hosts.data?.entries ?? []).map((h) => ({ name: nameOf(h), kind: "host", icon: "host" as const, run: () => void navigate({ to: "/hosts/$hostId", params: { hostId: h.id } }) })),
    ...(tenants.data ?? [])
      .filter((t) => typed !== "" && t.id !== session.me?.tenant_id && has(t.name))
      .map((t) => ({ name: t.name, kind: "switch to tenant", icon: "admin" as const, run: () => enterTenant(t.id) })),
    ...(value === "" || pivotFirst ? [] : [pivot]),
  ];
  const chosen = Math.min(at, entries.length - 1);
  const go = (entry: Entry | undefined) => {
    close();
    entry?.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, entries.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") go(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal opened onClose={close} withCloseButton={false} size={560} padding={0} yOffset="12vh" aria-label="Go anywhere">
      <input
        className={styles.field}
        data-autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette"
        aria-activedescendant={entries.length > 0 ? "palette-" + chosen : undefined}
        aria-label="Go to a page, artifact, host or tenant, or pivot on a value"
        placeholder="A page, an artifact, a host, a tenant, or a value to pivot on"
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette" role="listbox" aria-label="Where to" className={styles.entries}>
        {entries.map((entry, i) => (
          <li key={entry.kind + entry.name + i} id={"palette-" + i} role="option" aria-selected={i === chosen} onMouseMove={() => setAt(i)} onClick={() => go(entry)}>
            <Icon name={entry.icon} />
            <span>
              <Text value={entry.name} />
            </span>
            <small>{entry.kind}</small>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
