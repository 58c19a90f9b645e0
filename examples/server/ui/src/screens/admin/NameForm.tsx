import { Button, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./admin.module.css";

type Props = {
  label: string;
  placeholder: string;
  value: string;
  set: (value: string) => void;
  width?: number;
  /** What the button says. */
  makes: string;
  make: { mutate: () => void; isPending: boolean };
  /** What is between the field and the button, or behind it. */
  between?: ReactNode;
  children?: ReactNode;
};

/** A form that makes something of one text. */
export function NameForm({ label, placeholder, value, set, width, makes, make, between, children }: Props) {
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextInput label={label} placeholder={placeholder} value={value} onChange={(e) => set(e.target.value)} required {...(width !== undefined && { w: width })} />
      {between}
      <Button size="xs" type="submit" loading={make.isPending}>
        {makes}
      </Button>
      {children}
    </form>
  );
}
