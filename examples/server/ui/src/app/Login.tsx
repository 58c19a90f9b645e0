import { Button, Modal, PasswordInput, Tabs, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { api, ask } from "../api/client";
import { session } from "../api/session";
import { LeaveQuestion } from "../components/LeaveQuestion";
import { ProblemNote } from "../components/ProblemNote";
import { Text } from "../components/Text";
import { plain } from "../lib/text";
import { tenantBase, tenantOf } from "../lib/tenants";
import styles from "./Login.module.css";

/** The page of somebody who is not logged in. */
export function LoginPage() {
  const invite = new URLSearchParams(location.search).get("invite") ?? "";
  const [tab, setTab] = useState<string | null>(invite ? "register" : "login");
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <h1 className={styles.name}>
          <img src="/icon.svg" alt="" width={22} height={22} /> VelociCompanion
        </h1>
        <Tabs value={tab} onChange={setTab} keepMounted={false}>
          <Tabs.List grow>
            <Tabs.Tab value="login">Log in</Tabs.Tab>
            <Tabs.Tab value="register">Register</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="login" pt="sm">
            <LoginForm enter={tenantOf(location.pathname)} />
          </Tabs.Panel>
          <Tabs.Panel value="register" pt="sm">
            <RegisterForm invite={invite} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </main>
  );
}

/** Asks for the password over the page, so that nothing on it is lost. */
export function LoginOver() {
  const me = session.me!;
  const [leaving, setLeaving] = useState(false);
  return (
    <Modal
      opened
      onClose={() => setLeaving(true)}
      title="Your session has ended"
      closeOnClickOutside={false}
      closeOnEscape={false}
      closeButtonProps={{ "aria-label": "Leave the page" }}
    >
      <p className={styles.why}>Log in again to go on where you are.</p>
      <LoginForm username={me.username} enter={me.tenant_id} />
      {leaving && (
        <LeaveQuestion
          question="Leave the page? What is typed on it and not saved will be gone."
          leave={() => session.forget()}
          stay={() => setLeaving(false)}
        />
      )}
    </Modal>
  );
}

/** Says that the browser is somebody else's now, in place of the page that was somebody's. */
export function OtherPage() {
  const [me, other] = [session.me!, session.other!];
  const same = other.id === me.id;
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <h1 className={styles.name}>{same ? "You can no longer enter this tenant" : "Somebody else is logged in"}</h1>
        <p className={styles.why}>
          {same ? "Your grant for it has ended." : <>This page was of <Text value={me.username} />. In this browser, <Text value={other.username} /> is logged in now.</>}{" "}
          Nothing more of this page was sent.
        </p>
        <Button component="a" href={tenantBase(other.tenant_id) + "/"} variant="default" size="sm" fullWidth>
          {same ? "Go to your own tenant" : <>Go on as&nbsp;<Text value={other.username} /></>}
        </Button>
        {!same && (
          <>
            <p className={styles.why}>Or log in again:</p>
            <LoginForm username={me.username} enter={undefined} then={() => location.reload()} />
          </>
        )}
      </div>
    </main>
  );
}

type LoginFormProps = { username?: string; enter: string | undefined; then?: () => void };

function LoginForm({ username: known = "", enter, then }: LoginFormProps) {
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState("");
  const form = useSubmit(() => session.login(username, password, enter).then(then));
  return (
    <form onSubmit={form.submit} className={styles.form}>
      <TextInput label="Username" value={username} onChange={(e) => setUsername(e.target.value)} required autoComplete="username" autoFocus={!known} />
      <PasswordInput
        label="Password"
        value={password}
        onChange={(e) => setPassword(e.target.value)}
        required
        autoComplete="current-password"
        data-autofocus={known !== "" || undefined}
      />
      <ProblemNote error={form.error} />
      <Button type="submit" size="sm" loading={form.busy}>
        Log in
      </Button>
    </form>
  );
}

function RegisterForm({ invite: given }: { invite: string }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [invite, setInvite] = useState(given);
  const form = useSubmit(async () => {
    await ask(api.POST("/api/auth/register", { body: { username, password, ...(invite && { invite }) }, fetch }));
    history.replaceState(null, "", location.pathname); // the invite is used up, and no address to pass on
    await session.login(username, password);
  });
  return (
    <form onSubmit={form.submit} className={styles.form}>
      <TextInput label="Username" value={username} onChange={(e) => setUsername(e.target.value)} required autoComplete="username" />
      <PasswordInput
        label="Password"
        description="At least 8 characters"
        value={password}
        onChange={(e) => setPassword(e.target.value)}
        required
        autoComplete="new-password"
      />
      <TextInput label="Invite" description="From an admin" value={plain(invite)} onChange={(e) => setInvite(e.target.value)} />
      <ProblemNote error={form.error} />
      <Button type="submit" size="sm" loading={form.busy}>
        Register
      </Button>
    </form>
  );
}

function useSubmit(work: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    work()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return { busy, error, submit };
}
