import { useCallback, useState } from "react";

/** What the browser keeps for a person between visits: how things are laid out, never data of a tenant. */
export function recall<T>(key: string, fallback: T): T {
  try {
    const kept = localStorage.getItem("velocicompanion." + key);
    return kept === null ? fallback : (JSON.parse(kept) as T);
  } catch {
    return fallback;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem("velocicompanion." + key, JSON.stringify(value));
  } catch {
    // A browser without storage forgets; everything else works.
  }
}

/** State that outlives the page. */
export function useRemembered<T>(key: string, fallback: T): [T, (next: T) => void] {
  const [held, setHeld] = useState(() => ({ key, value: recall(key, fallback) }));
  const value = held.key === key ? held.value : recall(key, fallback);
  const set = useCallback(
    (next: T) => {
      remember(key, next);
      setHeld({ key, value: next });
    },
    [key],
  );
  return [value, set];
}
