import { Button, Textarea } from "@mantine/core";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { bytes } from "../lib/format";
import { Icon } from "./icons";
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
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size > mostInField) set(file);
    else void file.text().then(set);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
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
      {between}
      <div className={styles.buttons}>
        {children}
        <Button variant="default" onClick={() => files.current?.click()}>
          Choose a file
        </Button>
        <input ref={files} type="file" hidden aria-label="A file of indicators" onChange={(e) => take(e.target.files?.[0])} />
      </div>
    </div>
  );
}

/** Whether there is anything in a list. */
export const hasList = (list: string | File) => typeof list !== "string" || list.trim() !== "";
