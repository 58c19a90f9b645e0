import { MultiSelect, Select } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Schemas } from "../../api/client";
import { TimeField } from "../../components/TimeField";
import { counted } from "../../lib/format";
import { nameOf } from "../../lib/hosts";
import { huntsOf, kindOf, type Side, type SideKind } from "../../lib/sides";
import { plain } from "../../lib/text";
import { utcShort } from "../../lib/time";
import styles from "../diff.module.css";

type Props = { label: string; side: Side | undefined; set: (side: Side | undefined) => void; collections: Schemas["Collection"][] };

const kinds: { value: SideKind; label: string }[] = [
  { value: "hunt", label: "Hunt" },
  { value: "collections", label: "Collections" },
  { value: "times", label: "Times" },
];

/** Chooses one side of a diff from what was collected of the artifact. */
export function SideField({ label, side, set, collections }: Props) {
  const [chosen, setChosen] = useState<SideKind | undefined>();
  const kind = chosen ?? (side ? kindOf(side) : "hunt");
  const hunts = useMemo(
    () => huntsOf(collections).map((h) => ({ value: h.id, label: `${plain(h.id)} · ${utcShort(h.to)} · ${counted(h.hosts, "host")}` })),
    [collections],
  );
  const single = useMemo(
    () => collections.map((c) => ({ value: c.id, label: plain(`${nameOf(c)} · ${utcShort(c.collected_at)} · ${c.flow_id || "no flow"}`) })),
    [collections],
  );
  const times = side && kindOf(side) === "times" ? (side as { from?: string; to?: string }) : {};
  const setTimes = (next: { from?: string | undefined; to?: string | undefined }) => {
    const { from, to } = { ...times, ...next };
    set(from || to ? { ...(from && { from }), ...(to && { to }) } : undefined);
  };
  return (
    <fieldset className={styles.side}>
      <legend>{label}</legend>
      <Select aria-label={label + " is"} data={kinds} value={kind} onChange={(next) => next && setChosen(next as SideKind)} w={112} />
      {kind === "hunt" && (
        <Select
          aria-label={label + ": hunt"}
          placeholder={hunts.length === 0 ? "No hunt has it" : "Choose a hunt"}
          data={hunts}
          value={side && "hunt_id" in side ? side.hunt_id : null}
          onChange={(id) => set(id ? { hunt_id: id } : undefined)}
          searchable
          className={styles.grow!}
        />
      )}
      {kind === "collections" && (
        <MultiSelect
          size="xs"
          aria-label={label + ": collections"}
          placeholder="Choose collections"
          data={single}
          value={side && "collection_ids" in side ? side.collection_ids : []}
          onChange={(ids) => set(ids.length > 0 ? { collection_ids: ids } : undefined)}
          searchable
          limit={100}
          comboboxProps={{ transitionProps: { duration: 0 } }}
          className={styles.grow!}
        />
      )}
      {kind === "times" && (
        <>
          <TimeField label={label + " from"} value={times.from} set={(from) => setTimes({ from })} />
          <TimeField label={label + " until"} value={times.to} set={(to) => setTimes({ to })} />
        </>
      )}
    </fieldset>
  );
}
