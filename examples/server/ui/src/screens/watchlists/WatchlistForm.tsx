import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { createWatchlist, replaceIndicators, type Watchlist } from "../../api/watchlists";
import { hasList, ListField } from "../../components/ListField";
import { LeaveQuestion } from "../../components/LeaveQuestion";
import { ProblemNote } from "../../components/ProblemNote";
import styles from "../watchlists.module.css";

type Props = { list?: string | File; close: () => void } & ({ replaces?: undefined } | { replaces: Watchlist });

/** Makes a watchlist, or gives one other indicators. */
export function WatchlistForm({ list: given = "", close, replaces }: Props) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [list, setList] = useState(given);
  const [leaving, setLeaving] = useState(false);
  const filled = name.trim() !== "" || list !== given;
  const save = useMutation({
    mutationFn: () => (replaces ? replaceIndicators(replaces.id, list) : createWatchlist(name.trim(), list)),
    onSuccess: async ({ id }) => {
      close();
      await queries.invalidateQueries({ queryKey: ["watchlists"] });
      void navigate({ to: "/watchlists/$watchlistId", params: { watchlistId: id } });
    },
  });
  const ready = hasList(list) && (replaces !== undefined || name.trim() !== "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) save.mutate();
  };
  return (
    <Modal opened onClose={() => (filled ? setLeaving(true) : close())} size="lg" title={replaces ? "Give it other indicators" : "Watch for indicators"} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} className={styles.form}>
        {!replaces && <TextInput label="Name" data-autofocus maxLength={200} value={name} onChange={(e) => setName(e.target.value)} required />}
        <ListField list={list} set={setList} rows={8} />
        <p className={styles.hint}>They are matched with everything that is stored, and with whatever comes in from now on.{replaces && " Sightings of those that stay are kept."}</p>
        <ProblemNote error={save.error} />
        {leaving && <LeaveQuestion question="Leave the form? What is filled in will be gone." leave={close} stay={() => setLeaving(false)} />}
        <div className={styles.buttons}>
          <Button type="submit" loading={save.isPending} disabled={!ready}>
            {replaces ? "Replace" : "Watch for them"}
          </Button>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
        </div>
      </form>
    </Modal>
  );
}
