import { TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { plain } from "../lib/text";

type Props = { label: string; value: string | undefined; set: (value: string) => void; main?: boolean };

/** A field of a page's address. What is typed is asked for when typing pauses. */
export function Filter({ label, value = "", set, main }: Props) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const wait = setTimeout(() => set(typed), 250);
    return () => clearTimeout(wait);
  }, [typed]);
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      w={main ? 190 : 130}
      value={typed}
      title={plain(typed)}
      onChange={(e) => setTyped(e.target.value)}
      onKeyDown={(e) => e.key === "Escape" && e.currentTarget.blur()}
      {...(main && { "data-search": true })}
    />
  );
}
