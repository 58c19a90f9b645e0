import { useSyncExternalStore } from "react";
import styles from "./Notices.module.css";

type Notice = { id: number; text: string };

let notices: Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: Notice[]) {
  notices = next;
  listeners.forEach((listener) => listener());
}

/** Says something in passing, such as that a value was copied. */
export function notice(text: string) {
  const id = ++last;
  set([...notices.slice(-2), { id, text }]);
  setTimeout(() => set(notices.filter((n) => n.id !== id)), 2600);
}

export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <div role="status" className={styles.notices}>
      {shown.map((n) => (
        <div key={n.id}>{n.text}</div>
      ))}
    </div>
  );
}
