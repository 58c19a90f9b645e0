import { Button } from "@mantine/core";
import { Icon } from "../../components/icons";
import { copy } from "../../lib/copy";
import styles from "./admin.module.css";

/** Something that is shown once. */
export function Secret({ title, value }: { title: string; value: string }) {
  return (
    <div className={styles.made} role="status">
      <b>{title} It is shown only now.</b>
      <span className={styles.secret}>{value}</span>
      <Button variant="default" leftSection={<Icon name="copy" />} onClick={() => void copy(value)}>
        Copy
      </Button>
    </div>
  );
}
