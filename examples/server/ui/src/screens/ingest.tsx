import { Button, PasswordInput, Progress, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type DragEvent, type FormEvent, useEffect, useRef, useState } from "react";
import { add, again, cancel, clearFinished, useUploads, type Upload } from "../app/uploads";
import { Account } from "../components/Account";
import { Badge } from "../components/Badge";
import { Icon } from "../components/icons";
import { Page, Section } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { Status } from "../components/Status";
import { Text } from "../components/Text";
import { filesOf } from "../lib/drop";
import { bytes, percent } from "../lib/format";
import { nameOf } from "../lib/hosts";
import styles from "./ingest.module.css";

/** Brings files in, and accounts for every row of them. */
export function Ingest() {
  const uploads = useUploads();
  const queries = useQueryClient();
  const [over, setOver] = useState(false);
  const [artifact, setArtifact] = useState("");
  const [hostname, setHostname] = useState("");
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), []);
  const done = () => void queries.invalidateQueries();
  const take = (list: File[]) => add(list, { ...(artifact && { artifact }), ...(hostname && { hostname }) }, done);
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
        <input ref={files} type="file" multiple hidden aria-label="Files" onChange={(e) => take([...(e.target.files ?? [])])} />
        <input ref={folder} type="file" multiple hidden aria-label="Folder" onChange={(e) => take([...(e.target.files ?? [])])} />
        <details className={styles.table}>
          <summary>Tables that do not say of which artifact and host they are</summary>
          <div className={styles.buttons}>
            <TextInput label="Artifact" value={artifact} onChange={(e) => setArtifact(e.target.value)} />
            <TextInput label="Host" value={hostname} onChange={(e) => setHostname(e.target.value)} />
          </div>
        </details>
      </div>
      <div role="status" className={styles.list}>
        {uploads.toReversed().map((u) => (
          <UploadCard key={u.id} upload={u} done={done} />
        ))}
      </div>
    </Page>
  );
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
        {u.state === "failed" && (
          <Button variant="default" onClick={() => again(u.id, undefined, done)}>
            Try again
          </Button>
        )}
      </div>
      {u.state === "sending" && <Progress value={u.part * 100} animated={u.part >= 1} aria-label={`Sent ${percent(u.part, 1)}`} />}
      {u.state === "locked" && <Unlock upload={u} done={done} />}
      {u.state === "failed" && <ProblemNote error={u.problem} />}
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
    again(upload.id, password, done);
  };
  return (
    <form onSubmit={submit} className={styles.buttons}>
      <ProblemNote error={upload.problem} />
      <PasswordInput label="Password of the file" value={password} onChange={(e) => setPassword(e.target.value)} required autoFocus autoComplete="off" />
      <Button type="submit">Open it</Button>
    </form>
  );
}
