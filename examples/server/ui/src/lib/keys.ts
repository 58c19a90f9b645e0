import { useEffect, useRef, useSyncExternalStore } from "react";

/** A key and what it does: "j", "Enter", "mod+k", "shift+C", or two in a row: "g h". */
export type Binding = { keys: string; does: string; run: (event: KeyboardEvent) => void };

/** Bindings, and the dialog that they were bound in: what is below a dialog hears no keys while it is open. */
type Layer = { group: string; dialog: Element | undefined; bindings: () => Binding[] };

// The layer that was added last is asked first: a drawer's keys go before those of the table below it.
let layers: Layer[] = [];
let pending = "";
let pendingSince = 0;
const listeners = new Set<() => void>();

/** The name of a key event, as bindings write it. */
export function keyName(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const mod = event.ctrlKey || event.metaKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  const shift = event.shiftKey && (event.key.length > 1 || /[A-Z]/.test(event.key) || mod) ? "shift+" : "";
  return mod + alt + shift + event.key;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Keys that a focused control of the page wants for itself. */
function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (event.key === "Enter" || event.key === " ") return target.closest("button, a, summary, [role=menuitem], [role=option]") !== null;
  return event.key.startsWith("Arrow") && target.closest("[role=menu], [role=listbox], [role=tablist], [role=radiogroup]") !== null;
}

/** What a name stands for among layers; a first key of two is kept in mind for a second and a half. */
export function resolve(name: string, before: string, all: Binding[]): { run?: Binding; wait: boolean } {
  const both = before ? before + " " + name : name;
  const run = all.find((b) => b.keys === both) ?? all.find((b) => b.keys === name);
  return { ...(run && { run }), wait: all.some((b) => b.keys.startsWith(name + " ")) };
}

/** The dialog that is in front of everything, drawers among them. */
function topDialog(): Element | undefined {
  return [...document.querySelectorAll("[role=dialog][aria-modal=true]")].at(-1);
}

const heard = (dialog: Element | undefined) => layers.toReversed().filter((layer) => layer.dialog === dialog);

function onKeyDown(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return;
  const name = keyName(event);
  if (isTyping(event.target) && !name.startsWith("mod+")) return;
  if (belongsToControl(event)) return;
  const before = performance.now() - pendingSince < 1500 ? pending : "";
  const { run, wait } = resolve(name, before, heard(topDialog()).flatMap((layer) => layer.bindings()));
  pending = wait ? name : "";
  pendingSince = performance.now();
  if (!run || (wait && run.keys === name && !before)) return;
  event.preventDefault();
  run.run(event);
}

/**
 * Binds keys while the component is there. Keys are not taken while somebody types into a field, but for mod+…. Keys of a
 * dialog are bound by a component inside it.
 */
export function useKeys(group: string, bindings: Binding[], enabled = true) {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    if (!enabled) return;
    const layer: Layer = { group, dialog: topDialog(), bindings: () => latest.current };
    if (layers.length === 0) window.addEventListener("keydown", onKeyDown);
    layers = [...layers, layer];
    listeners.forEach((listener) => listener());
    return () => {
      layers = layers.filter((l) => l !== layer);
      if (layers.length === 0) window.removeEventListener("keydown", onKeyDown);
      listeners.forEach((listener) => listener());
    };
  }, [group, enabled]);
}

/** All keys that are bound now, by group, for the page that shows them. */
export function useBound(): { group: string; bindings: Binding[] }[] {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => layers,
  );
  return now.map((layer) => ({ group: layer.group, bindings: layer.bindings() }));
}
