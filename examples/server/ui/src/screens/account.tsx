import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../api/client";
import { session } from "../api/session";
import { logOut } from "../app/App";
import { notice } from "../components/Notices";
import { Facts, Page, Section } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Text } from "../components/Text";
import { Time } from "../components/Time";
import styles from "./account.module.css";

/** Who I am, and my password. */
export function Account() {
  const me = session.me!;
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => ask(api.PUT("/api/auth/me", { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      notice("Your password is changed; other sessions have ended");
    },
  });
  return (
    <Page title="Account">
      <Facts
        facts={[
          ["Name", <Text value={me.username} />],
          ["Role in this tenant", me.role],
          ["Since", <Time at={me.created_at} />],
        ]}
      />
      <Section title="Change the password">
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate();
          }}
        >
          <PasswordInput label="Current password" value={current} onChange={(e) => setCurrent(e.target.value)} required autoComplete="current-password" />
          <PasswordInput label="New password" description="At least 8 characters" value={next} onChange={(e) => setNext(e.target.value)} required autoComplete="new-password" />
          <ProblemNote error={change.error} />
          <Button type="submit" size="xs" loading={change.isPending}>
            Change
          </Button>
        </form>
      </Section>
      <div>
        <Button variant="default" onClick={logOut}>
          Log out
        </Button>
      </div>
    </Page>
  );
}
