import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { plain } from "../lib/text";
import { notice } from "./Notices";
import { ProblemNote } from "./ProblemNote";
import { Text } from "./Text";
import styles from "./NamedThing.module.css";

type Props = {
  what: "rename" | "delete";
  /** What it is: "saved hunt". */
  thing: string;
  name: string;
  /** What goes with it when it is deleted. */
  loses: string;
  rename: (name: string) => Promise<unknown>;
  remove: () => Promise<unknown>;
  /** What has to be asked for again. */
  stale: QueryKey;
  close: () => void;
  done?: () => void;
};

/** Renames something, or deletes it after asking. */
export function NamedThing({ what, thing, name: before, loses, rename, remove, stale, close, done }: Props) {
  const queries = useQueryClient();
  const [name, setName] = useState(before);
  const renames = what === "rename";
  const put = useMutation({
    mutationFn: () => (renames ? rename(name.trim()) : remove()),
    onSuccess: async () => {
      notice(plain(renames ? `Renamed to ${name.trim()}` : `Deleted ${before}`));
      close();
      done?.();
      await queries.invalidateQueries({ queryKey: stale });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate();
  };
  return (
    <Modal opened onClose={close} title={renames ? `Rename the ${thing}` : `Delete the ${thing}?`} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} className={styles.form}>
        {renames ? (
          <TextInput label="Name" data-autofocus maxLength={200} value={name} onChange={(e) => setName(e.target.value)} required />
        ) : (
          <p>
            <b>
              <Text value={before} />
            </b>{" "}
            will be gone. {loses}
          </p>
        )}
        <ProblemNote error={put.error} />
        <div className={styles.buttons}>
          <Button type="submit" {...(!renames && { color: "red" })} loading={put.isPending} disabled={renames && name.trim() === ""}>
            {renames ? "Rename" : "Delete"}
          </Button>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
        </div>
      </form>
    </Modal>
  );
}
