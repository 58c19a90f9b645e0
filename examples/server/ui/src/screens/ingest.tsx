import { Button, PasswordInput, Progress, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type DragEvent, type FormEvent, useEffect, useRef, useState } from "react";
import { Problem } from "../api/problem";
import { canBeIngested, isTable } from "../api/upload";
import { add, again, cancel, clearFinished, useUploads, type Upload } from "../app/uploads";
import { Account } from "../components/Account";
import { Badge } from "../components/Badge";
import { Icon } from "../components/icons";
import { Page, Section } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Status } from "../components/Status";
import { Text } from "../components/Text";
import { type Dropped, filesOf } from "../lib/drop";
import { bytes, counted, percent } from "../lib/format";
import { nameOf } from "../lib/hosts";
import { beginning } from "../lib/text";
import styles from "./ingest.module.css";

/** Brings files in, and accounts for every row of them. */
export function Ingest() {
  const uploads = useUploads();
  const queries = useQueryClient();
  const [over, setOver] = useState(false);
  const [of, setOf] = useState(unsaid);
  const [passed, setPassed] = useState<string[]>([]);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  const done = () => void queries.invalidateQueries();
  const take = (dropped: Dropped[]) => {
    const wanted = dropped.filter(({ file, inFolder }) => !inFolder || canBeIngested(file.name)).map(({ file }) => file);
    setPassed(dropped.map(({ file }) => file).filter((file) => !wanted.includes(file)).map((file) => file.name));
    for (const file of wanted) add([file], queryOf(of, isTable(file.name)), done);
    // What was said of these says nothing of the next.
    if (wanted.length > 0) setOf(unsaid);
  };
  const chosen = (field: HTMLInputElement, inFolder: boolean) => {
    take([...(field.files ?? [])].map((file) => ({ file, inFolder })));
    field.value = ""; // so that the same file can be chosen again
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void filesOf(event.dataTransfer).then(take);
  };
  return (
    <Page title="Ingest" tools={uploads.length > 0 && <Button variant="default" onClick={clearFinished}>Clear what is finished</Button>}>
      <div
        className={over ? `${styles.drop} ${styles.over}` : styles.drop}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <Icon name="ingest" size={22} />
        <p>
          <b>Drop exports of Velociraptor here</b>, files or whole folders: zips of flows, hunts and offline collectors, JSON Lines, JSON, CSV.
        </p>
        <div className={styles.buttons}>
          <Button onClick={() => files.current?.click()}>Choose files</Button>
          <Button variant="default" onClick={() => folder.current?.click()}>
            Choose a folder
          </Button>
        </div>
        <input ref={files} type="file" multiple hidden aria-label="Files" onChange={(e) => chosen(e.target, false)} />
        <input ref={folder} type="file" multiple hidden aria-label="Folder" onChange={(e) => chosen(e.target, true)} />
        <details className={styles.table}>
          <summary>Tables that do not say of which artifact and host they are</summary>
          <p>This is for the files that are chosen next, and for no others.</p>
          <div className={styles.buttons}>
            <OfFields of={of} set={setOf} />
          </div>
        </details>
      </div>
      {passed.length > 0 && (
        <p role="status">
          Passed over {counted(passed.length, "file")} of the folder, no zip and no table: <Text value={beginning(passed.join(", "), 300)} />
        </p>
      )}
      <div role="status" className={styles.list}>
        {uploads.toReversed().map((u) => (
          <UploadCard key={u.id} upload={u} done={done} />
        ))}
      </div>
    </Page>
  );
}

type Of = { artifact: string; hostname: string };
const unsaid: Of = { artifact: "", hostname: "" };

/** The parameters that say of what rows are. A container names its artifacts itself, but not always its host. */
function queryOf({ artifact, hostname }: Of, table: boolean): Record<string, string> {
  return { ...(table && artifact && { artifact }), ...(hostname && { hostname }) };
}

function OfFields({ of, set, table = true }: { of: Of; set: (of: Of) => void; table?: boolean }) {
  return (
    <>
      {table && <TextInput label="Artifact" value={of.artifact} onChange={(e) => set({ ...of, artifact: e.target.value })} />}
      <TextInput label="Host" value={of.hostname} onChange={(e) => set({ ...of, hostname: e.target.value })} />
    </>
  );
}

/** Whether what failed may succeed once somebody says of what its rows are. */
function mayNeedOf({ file, problem }: Upload): boolean {
  return isTable(file.name) || /give hostname/.test(problem?.detail ?? "");
}

/** A problem that names the fields of this page, not the parameters of the API. */
function inWordsOfThePage(problem: Problem | undefined): Problem | undefined {
  const words = (text: string) => text.replace(/give hostname or client_id( with it)?/g, "fill in Host").replace(/give artifact/g, "fill in Artifact");
  return problem && new Problem(problem.status, problem.title, words(problem.detail), problem.fields.map((f) => ({ ...f, message: words(f.message) })));
}

const tones = { waiting: "plain", sending: "plain", locked: "warn", done: "good", failed: "bad" } as const;

function UploadCard({ upload: u, done }: { upload: Upload; done: () => void }) {
  const word = u.state === "sending" && u.part >= 1 ? "reading" : u.state;
  return (
    <div className={styles.card}>
      <div className={styles.title}>
        <b>
          <Text value={u.file.name} />
        </b>
        <span>{bytes(u.file.size)}</span>
        <Badge tone={tones[u.state]}>{word}</Badge>
        {(u.state === "sending" || u.state === "waiting") && (
          <Button variant="default" onClick={() => cancel(u.id)}>
            Cancel
          </Button>
        )}
        {u.state === "failed" && !mayNeedOf(u) && (
          <Button variant="default" onClick={() => again(u.id, {}, done)}>
            Try again
          </Button>
        )}
      </div>
      {u.state === "sending" && <Progress value={u.part * 100} animated={u.part >= 1} aria-label={`Sent ${percent(u.part, 1)}`} />}
      {u.state === "locked" && <Unlock upload={u} done={done} />}
      {(u.query["artifact"] || u.query["hostname"]) && u.state !== "failed" && (
        <p>
          Sent as rows
          {u.query["artifact"] && (
            <>
              {" "}of the artifact <Text value={u.query["artifact"]} />
            </>
          )}
          {u.query["hostname"] && (
            <>
              {" "}of the host <Text value={u.query["hostname"]} />
            </>
          )}
        </p>
      )}
      {u.state === "failed" && <ProblemNote error={inWordsOfThePage(u.problem)} />}
      {u.state === "failed" && mayNeedOf(u) && <SayOf upload={u} done={done} />}
      {u.answer && (
        <>
          {(u.answer.notes ?? []).map((note) => (
            <p key={note}>
              <Text value={note} />
            </p>
          ))}
          {(u.answer.collections ?? []).map((c) => (
            <Section
              key={c.id}
              title={
                <>
                  <Link to="/collections/$collectionId" params={{ collectionId: c.id }}>
                    <Text value={`${c.flow_id} on ${nameOf(c)}`} />
                  </Link>{" "}
                  <Status status={c.status} />
                </>
              }
            >
              <Account artifacts={c.artifacts ?? []} />
            </Section>
          ))}
        </>
      )}
    </div>
  );
}

function Unlock({ upload, done }: { upload: Upload; done: () => void }) {
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    again(upload.id, { password }, done);
  };
  return (
    <form onSubmit={submit} className={styles.buttons}>
      <ProblemNote error={upload.problem} />
      <PasswordInput label="Password of the file" value={password} onChange={(e) => setPassword(e.target.value)} required autoFocus autoComplete="off" />
      <Button type="submit">Open it</Button>
    </form>
  );
}

/** Asks of what the rows of a file are that failed, and tries it again so. */
function SayOf({ upload: u, done }: { upload: Upload; done: () => void }) {
  const table = isTable(u.file.name);
  const [of, setOf] = useState<Of>({ ...unsaid, ...u.query });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    again(u.id, { query: queryOf(of, table) }, done);
  };
  return (
    <form onSubmit={submit} className={styles.buttons}>
      <OfFields of={of} set={setOf} table={table} />
      <Button type="submit" variant="default">
        Try again
      </Button>
    </form>
  );
}
