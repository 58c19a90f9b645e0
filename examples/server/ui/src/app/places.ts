import type { IconName } from "../components/icons";

/** A page that the rail and the palette lead to, and the keys that do. */
export type Place = {
  to: "/" | "/hosts" | "/artifacts" | "/search" | "/pivot" | "/collections" | "/sweep" | "/diff" | "/saved" | "/watchlists" | "/sightings" | "/ingest" | "/virustotal" | "/admin" | "/account";
  name: string;
  icon: IconName;
  keys: string;
  admin?: boolean;
};

export const places: Place[] = [
  { to: "/", name: "Overview", icon: "overview", keys: "g o" },
  { to: "/artifacts", name: "Artifacts", icon: "artifact", keys: "g a" },
  { to: "/search", name: "Search", icon: "search", keys: "g f" },
  { to: "/pivot", name: "Pivot", icon: "pivot", keys: "g p" },
  { to: "/hosts", name: "Hosts", icon: "host", keys: "g h" },
  { to: "/collections", name: "Collections", icon: "collection", keys: "g c" },
  { to: "/sweep", name: "Sweep", icon: "sweep", keys: "g s" },
  { to: "/diff", name: "Diff", icon: "diff", keys: "g d" },
  { to: "/saved", name: "Saved hunts", icon: "hunt", keys: "g e" },
  { to: "/watchlists", name: "Watchlists", icon: "watch", keys: "g w" },
  { to: "/sightings", name: "Sightings", icon: "sighting", keys: "g t" },
  { to: "/ingest", name: "Ingest", icon: "ingest", keys: "g i" },
  { to: "/virustotal", name: "VirusTotal", icon: "shield", keys: "g v" },
  { to: "/admin", name: "Administration", icon: "admin", keys: "g x", admin: true },
  { to: "/account", name: "Account", icon: "account", keys: "g u" },
];
