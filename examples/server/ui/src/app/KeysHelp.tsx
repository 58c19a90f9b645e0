import { Modal } from "@mantine/core";
import { useBound } from "../lib/keys";
import styles from "./KeysHelp.module.css";

/** The keys that do something on this page. */
export function KeysHelp({ close }: { close: () => void }) {
  const groups = Map.groupBy(useBound(), (layer) => layer.group);
  return (
    <Modal opened onClose={close} title="Keys" size="lg">
      <div className={styles.groups}>
        {[...groups].map(([group, layers]) => (
          <section key={group}>
            <h2>{group}</h2>
            <dl>
              {layers
                .flatMap((layer) => layer.bindings)
                .map((binding) => (
                  <div key={binding.keys}>
                    <dt>
                      {binding.keys.split(" ").map((key) => (
                        <kbd key={key}>{key.replace("mod+", "⌘/Ctrl ").replace("shift+", "⇧")}</kbd>
                      ))}
                    </dt>
                    <dd>{binding.does}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
