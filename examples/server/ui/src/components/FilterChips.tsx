import { type Browse, lists } from "../lib/browse";
import { changed } from "../lib/change";
import { negated } from "../lib/filters";
import { plain } from "../lib/text";
import { utc } from "../lib/time";
import { Icon } from "./icons";
import { Text } from "./Text";
import styles from "./FilterChips.module.css";

type Props = { browse: Browse; set: (browse: Browse) => void; tenantName: (id: string) => string };

const words = { hosts: "host", labels: "label", hunts: "hunt", tenants: "tenant" };

/** All that narrows a question, each to be taken away; a filter is turned round by a click on it. */
export function FilterChips({ browse, set, tenantName }: Props) {
  const without = (name: (typeof lists)[number] | "filters", entry: string) => {
    const rest = (browse[name] ?? []).filter((other) => other !== entry);
    set(changed(browse, { [name]: rest.length > 0 ? rest : undefined }));
  };
  const turned = (entry: string) => set({ ...browse, filters: browse.filters!.map((other) => (other === entry ? negated(entry) : other)) });
  const chips = [
    ...(browse.filters ?? []).map((entry) => (
      <Chip key={"f" + entry} text={entry} isNot={entry.startsWith("not ")} remove={() => without("filters", entry)} turn={() => turned(entry)} />
    )),
    ...lists.flatMap((name) =>
      (browse[name] ?? []).map((entry) => (
        <Chip key={name + entry} text={`${words[name]} ${name === "tenants" ? tenantName(entry) : entry}`} remove={() => without(name, entry)} />
      )),
    ),
    browse.from && <Chip key="from" text={"from " + utc(browse.from)} remove={() => set(changed(browse, { from: undefined }))} />,
    browse.to && <Chip key="to" text={"before " + utc(browse.to)} remove={() => set(changed(browse, { to: undefined }))} />,
  ].filter(Boolean);
  if (chips.length === 0) return null;
  return (
    <div className={styles.chips} role="group" aria-label="Filters">
      {chips}
      {chips.length > 1 && (
        <button type="button" className={styles.clear} onClick={() => set(changed(browse, { filters: undefined, hosts: undefined, labels: undefined, hunts: undefined, tenants: undefined, from: undefined, to: undefined }))}>
          Take all away
        </button>
      )}
    </div>
  );
}

function Chip({ text, isNot, remove, turn }: { text: string; isNot?: boolean; remove: () => void; turn?: () => void }) {
  return (
    <span className={isNot ? `${styles.chip} ${styles.not}` : styles.chip}>
      {turn ? (
        <button type="button" onClick={turn} title={plain(text) + "\nClick to turn it round"}>
          <Text value={text} />
        </button>
      ) : (
        <span title={plain(text)}>
          <Text value={text} />
        </span>
      )}
      <button type="button" onClick={remove} aria-label={"Take away " + plain(text)}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}
