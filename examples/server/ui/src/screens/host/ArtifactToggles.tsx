import { Button } from "@mantine/core";
import { Text } from "../../components/Text";
import { count } from "../../lib/format";
import styles from "./Timeline.module.css";

type Props = { artifacts: [string, number][]; chosen: string[] | undefined; set: (chosen: string[] | undefined) => void };

/** Which artifacts are shown. With a modifier key a click shows only that one. */
export function ArtifactToggles({ artifacts, chosen, set }: Props) {
  if (artifacts.length < 2 && !chosen) return null;
  const shown = (name: string) => chosen === undefined || chosen.includes(name);
  const names = artifacts.map(([n]) => n);
  const toggle = (name: string, only: boolean) => {
    const next = only ? [name] : names.filter((n) => (n === name ? !shown(n) : shown(n)));
    set(next.length === 0 || next.length === names.length ? undefined : next);
  };
  return (
    <div className={styles.toggles} role="group" aria-label="Artifacts">
      {artifacts.map(([name, rows]) => (
        <button key={name} type="button" aria-pressed={shown(name)} title="Click to show or hide; with ⌘, Ctrl or Shift only this one" onClick={(e) => toggle(name, e.metaKey || e.ctrlKey || e.shiftKey)} style={hueOf(names, name)}>
          <i />
          <Text value={name} /> <small>{count(rows)}</small>
        </button>
      ))}
      {chosen && (
        <Button variant="subtle" onClick={() => set(undefined)}>
          All
        </Button>
      )}
    </div>
  );
}

/** A colour for each artifact, as far from those before it as can be. */
export function hueOf(names: string[], artifact: string) {
  return { "--hue": Math.round(names.indexOf(artifact) * 137.5) % 360 } as React.CSSProperties;
}
