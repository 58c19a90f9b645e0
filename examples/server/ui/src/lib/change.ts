/** A record with some entries changed; those that are undefined now are taken away. */
export function changed<T extends object>(old: T, change: { [name in keyof T]?: T[name] | undefined }): T {
  return Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined)) as T;
}

/** What belongs together by a key, in the order in which the keys were met. */
export function grouped<T>(all: T[], key: (one: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return [...groups.values()];
}
