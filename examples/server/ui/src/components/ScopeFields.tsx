import { useQuery } from "@tanstack/react-query";
import { api, ask, askPage } from "../api/client";
import { nameOf } from "../lib/hosts";
import type { Scope } from "../lib/scope";
import { TextsField } from "./TextsField";
import { TimeField } from "./TimeField";
import styles from "./ScopeFields.module.css";

/** Where a question looks: artifacts, hosts, labels and times. */
export function ScopeFields({ scope, set }: { scope: Scope; set: (change: { [name in keyof Scope]: Scope[name] | undefined }) => void }) {
  const artifacts = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const hosts = useQuery({ queryKey: ["hosts", "some"], queryFn: () => askPage(api.GET("/api/hosts", { params: { query: { limit: 1000 } } })) });
  const known = hosts.data?.entries ?? [];
  const labels = [...new Set(known.flatMap((h) => h.labels ?? []))];
  return (
    <div className={styles.fields} role="group" aria-label="Where to look">
      <TextsField label="All artifacts" value={scope.artifacts} set={(artifacts) => set({ artifacts })} known={(artifacts.data ?? []).map((a) => a.artifact)} />
      <TextsField label="All hosts" value={scope.hosts} set={(hosts) => set({ hosts })} known={[...new Set(known.map(nameOf))]} />
      <TextsField label="Any label" value={scope.labels} set={(labels) => set({ labels })} known={labels} />
      <TimeField label="From" value={scope.from} set={(from) => set({ from })} />
      <TimeField label="Before" value={scope.to} set={(to) => set({ to })} />
    </div>
  );
}
