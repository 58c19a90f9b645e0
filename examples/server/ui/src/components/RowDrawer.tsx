import { ActionIcon, Button, Drawer } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Found } from "../api/search";
import { copy, copyDefanged } from "../lib/copy";
import { bytes, count } from "../lib/format";
import { useKeys } from "../lib/keys";
import { canPivot } from "../lib/pivot";
import { at, pathsOf, textOf } from "../lib/rows";
import { beginning } from "../lib/text";
import { Icon } from "./icons";
import { HostLink } from "./links";
import { Facts } from "./Page";
import { Text } from "./Text";
import { Time } from "./Time";
import styles from "./RowDrawer.module.css";

type Props = { found: Found; close: () => void; move: (by: number) => void };

/** One row, whole: every field with all of its value. */
export function RowDrawer({ found, close, move }: Props) {
  return (
    <Drawer opened onClose={close} title={<Text value={found.artifact} />} closeButtonProps={{ "aria-label": "Close" }}>
      <Row found={found} move={move} />
    </Drawer>
  );
}

function Row({ found, move }: Omit<Props, "close">) {
  useKeys("Row", [
    { keys: "j", does: "The next row", run: () => move(1) },
    { keys: "k", does: "The row before", run: () => move(-1) },
  ]);
  return (
    <div className={styles.row}>
      <Facts
        facts={[
          ["Host", <HostLink host={found} />],
          ["Time", found.time && <Time at={found.time} />],
          [
            "Collection",
            <Link to="/collections/$collectionId" params={{ collectionId: found.collection_id }} search={{ artifact: found.artifact }}>
              <Text value={found.flow_id || "open"} />, row {count(found.row + 1)}
            </Link>,
          ],
        ]}
      />
      <Button variant="default" leftSection={<Icon name="copy" />} onClick={() => void copy(JSON.stringify(found.data, null, 1))}>
        Copy the row as JSON
      </Button>
      <dl className={styles.fields}>
        {pathsOf(found.data).map((path) => (
          <Field key={path} path={path} value={at(found.data, path)} />
        ))}
      </dl>
    </div>
  );
}

/** How much of a value is drawn before somebody asks for all of it. */
const atFirst = 4000;

function Field({ path, value }: { path: string; value: unknown }) {
  const [whole, setWhole] = useState(false);
  const text = typeof value === "object" && value !== null ? JSON.stringify(value, null, 1) : textOf(value);
  const shown = whole ? text : beginning(text, atFirst);
  return (
    <div className={styles.field}>
      <dt>
        <Text value={path} />
        <span>
          {canPivot(value) && (
            <ActionIcon component={Link} to="/pivot" search={{ value: textOf(value) } as never} aria-label={"Where else " + path + " is"} title="Where else this is">
              <Icon name="pivot" size={14} />
            </ActionIcon>
          )}
          <ActionIcon aria-label={"Copy " + path} onClick={() => void copy(textOf(value))}>
            <Icon name="copy" size={14} />
          </ActionIcon>
          <ActionIcon aria-label={"Copy defanged " + path} title="Copy defanged" onClick={() => void copyDefanged(textOf(value))}>
            <Icon name="shield" size={14} />
          </ActionIcon>
        </span>
      </dt>
      <dd>
        {value === null ? "null" : <Text value={shown} />}
        {shown.length < text.length && (
          <Button variant="subtle" onClick={() => setWhole(true)}>
            Show all {bytes(text.length)}
          </Button>
        )}
      </dd>
    </div>
  );
}
