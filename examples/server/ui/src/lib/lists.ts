/** Lists that have a form of their own, such as JSON and tables, are each read alone; plain ones can be put together. */
const ownForm = /\.(json|csv)$/i;

/** The files that can be one list of indicators, and those that are left for a list of their own. */
export function oneList(files: File[]): { taken: File[]; left: File[] } {
  const plain = files.filter((file) => !ownForm.test(file.name));
  const taken = plain.length > 0 ? plain : files.slice(0, 1);
  return { taken, left: files.filter((file) => !taken.includes(file)) };
}

/** Files as one list, a line break between them. */
export function joined(files: File[]): File {
  if (files.length === 1) return files[0]!;
  return new File(files.flatMap((file) => [file, "\n"]), files.map((file) => file.name).join(", "));
}
