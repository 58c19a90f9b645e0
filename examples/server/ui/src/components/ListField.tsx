import { Button, Textarea } from "@mantine/core";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { filesOf } from "../lib/drop";
import { bytes } from "../lib/format";
import { joined, oneList } from "../lib/lists";
import { asProblem } from "../api/problem";
import { Icon } from "./icons";
import { notice } from "./Notices";
import { beginning } from "../lib/text";
import { Text } from "./Text";
import styles from "./ListField.module.css";

/** The longest file that is put into the field, where it can be seen and changed. */
const mostInField = 1 << 20;

type Props = {
  list: string | File;
  set: (list: string | File) => void;
  rows: number;
  /** What is between the field and the buttons, and beside the button for a file; files can be dropped there too. */
  between?: ReactNode;
  children?: ReactNode;
};

/** A list of indicators: typed, pasted, dropped or chosen as a file. */
export function ListField({ list, set, rows, between, children }: Props) {
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const [left, setLeft] = useState<string[]>([]);
  const take = async (files: File[]) => {
    const one = oneList(files);
    setLeft(one.left.map((file) => file.name));
    if (one.taken.length === 0) return;
    const file = joined(one.taken);
    set(file.size > mostInField ? file : await file.text());
  };
  const failed = (error: unknown) => notice("The file could not be read: " + asProblem(error).message);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    filesOf(event.dataTransfer)
      .then((dropped) => take(dropped.filter(({ file, inFolder }) => !inFolder || !file.name.startsWith(".")).map(({ file }) => file)))
      .catch(failed);
  };
  return (
    <div
      className={over ? `${styles.drop} ${styles.over}` : styles.drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {typeof list === "string" ? (
        <Textarea
          data-search
          aria-label="Indicators"
          placeholder={"Paste indicators here, one a line, or drop a file: text, CSV, STIX 2.1 or MISP JSON.\nHashes, addresses, domains, URLs, paths, users; defanged ones too."}
          rows={rows}
          classNames={{ input: styles.list! }}
          spellCheck={false}
          value={list}
          onChange={(e) => set(e.target.value)}
          onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
        />
      ) : (
        <p className={styles.file}>
          <Icon name="collection" /> <Text value={list.name} /> <small>{bytes(list.size)}</small>
          <Button variant="default" onClick={() => set("")}>
            Take away
          </Button>
        </p>
      )}
      {left.length > 0 && (
        <p role="status">
          Not taken, because each is a list of its own form: <Text value={beginning(left.join(", "), 300)} />
        </p>
      )}
      {between}
      <div className={styles.buttons}>
        {children}
        <Button variant="default" onClick={() => files.current?.click()}>
          Choose a file
        </Button>
        <input ref={files} type="file" multiple hidden aria-label="A file of indicators" onChange={(e) => void take([...(e.target.files ?? [])]).catch(failed)} />
      </div>
    </div>
  );
}

/** Whether there is anything in a list. */
export const hasList = (list: string | File) => typeof list !== "string" || list.trim() !== "";
