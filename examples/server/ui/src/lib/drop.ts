/** A file that was dropped or chosen: itself, or with the folder that it is in. */
export type Dropped = { file: File; inFolder: boolean };

/** The files of a drop, with those in dropped folders. */
export async function filesOf(transfer: DataTransfer): Promise<Dropped[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, inFolder: false }));
  return (await Promise.all(entries.map((entry) => under(entry, false)))).flat();
}

async function under(entry: FileSystemEntry, inFolder: boolean): Promise<Dropped[]> {
  if (entry.isFile) return [{ file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)), inFolder }];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  // A reader hands over its entries in portions, the last of which is empty.
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) break;
    found.push(...portion);
  }
  return (await Promise.all(found.map((entry) => under(entry, true)))).flat();
}
