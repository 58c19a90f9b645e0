import { TagsInput } from "@mantine/core";
import { plain } from "../lib/text";

type Props = { label: string; value: string[] | undefined; set: (value: string[] | undefined) => void; known?: string[] };

/** Several texts in one field, with those that are known offered while typing. */
export function TextsField({ label, value = [], set, known = [] }: Props) {
  return (
    <TagsInput
      size="xs"
      aria-label={label}
      placeholder={value.length === 0 ? label : ""}
      data={known}
      value={value}
      onChange={(next) => set(next.length === 0 ? undefined : next)}
      renderOption={({ option }) => plain(option.value)}
      limit={50}
      acceptValueOnBlur
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
}
