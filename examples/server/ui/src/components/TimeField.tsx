import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { timeOf } from "../lib/scope";
import { local, utc } from "../lib/time";

type Props = { label: string; value: string | undefined; set: (value: string | undefined) => void };

/** A time in UTC, typed as people write times. It is taken when the field is left or Enter is pressed. */
export function TimeField({ label, value, set }: Props) {
  const [typed, setTyped] = useState(utc(value));
  useEffect(() => setTyped(utc(value)), [value]);
  const read = timeOf(typed);
  const wrong = typed.trim() !== "" && !read;
  const take = () => {
    if (!wrong && typed !== utc(value)) set(typed.trim() === "" ? undefined : read);
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={label + " (UTC)"}
      value={typed}
      title={value ? local(value) : "In UTC: 2026-11-25, 2026-11-25 11:04, or 36h, 7d before now"}
      error={wrong}
      onChange={(e) => setTyped(e.target.value)}
      onBlur={take}
      onKeyDown={(e) => {
        if (e.key === "Enter") take();
        if (e.key === "Escape") e.currentTarget.blur();
      }}
    />
  );
}
