import { notice } from "../components/Notices";
import { defang } from "./defang";
import { beginning, plain } from "./text";

/** Puts a text on the clipboard and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied: " + plain(beginning(text, 60)));
  } catch {
    notice("The browser did not allow copying");
  }
}

/** The same with indicators made harmless to click. */
export const copyDefanged = (text: string) => copy(defang(text));
