import { Button, Popover, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, ask, type Schemas } from "../api/client";
import { notice } from "./Notices";
import { Icon } from "./icons";
import { ProblemNote } from "./ProblemNote";
import styles from "./SaveHunt.module.css";

type Props = {
  kind: Schemas["SavedHunt"]["kind"];
  /** The body of the question's own route. Undefined while there is nothing to keep. */
  question: object | undefined;
};

/** Keeps a question under a name, so that it can be asked again and compared with the last time. */
export function SaveHunt({ kind, question }: Props) {
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => ask(api.POST("/api/hunt/saved", { body: { name: name.trim(), kind, question } })),
    onSuccess: () => {
      setOpened(false);
      setName("");
      notice("Saved: it is under Saved hunts");
      void queries.invalidateQueries({ queryKey: ["saved"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") save.mutate();
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" width={280} trapFocus transitionProps={{ duration: 0 }}>
      <Popover.Target>
        <Button variant="default" h={28} leftSection={<Icon name="save" />} disabled={!question} onClick={() => setOpened(!opened)}>
          Save
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <form onSubmit={submit} className={styles.form}>
          <TextInput label="Save this question as" data-autofocus maxLength={200} value={name} onChange={(e) => setName(e.target.value)} />
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
            Save it
          </Button>
        </form>
        <ProblemNote error={save.error} />
      </Popover.Dropdown>
    </Popover>
  );
}
