import { expect, test } from "vitest";
import { defang } from "./defang";

test.each([
  ["https://evil.example/p.sh", "hxxps://evil[.]example/p.sh"],
  ["203.0.113.66:4443", "203[.]0[.]113[.]66:4443"],
  ["mail me@evil.example", "mail me[@]evil[.]example"],
  ["ftp://evil.example", "fxp://evil[.]example"],
  ["nothing here", "nothing here"],
])("%s becomes %s", (text, harmless) => expect(defang(text)).toBe(harmless));
