import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { session } from "../api/session";
import { Icon } from "../components/icons";
import { useKeys } from "../lib/keys";
import { useRemembered } from "../lib/remember";
import { KeysHelp } from "./KeysHelp";
import { Palette } from "./Palette";
import { places } from "./places";
import { TenantSwitcher } from "./TenantSwitcher";
import { sending } from "./uploads";
import styles from "./Shell.module.css";

/** What is around every page: the rail, the tenant, the palette and the keys. */
export function Shell() {
  const navigate = useNavigate();
  const [open, setOpen] = useState<"palette" | "keys" | undefined>();
  const [narrow, setNarrow] = useRemembered("rail.narrow", false);
  const [rail, setRail] = useState(false);
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const scheme = useComputedColorScheme("dark");
  const mine = places.filter((place) => !place.admin || session.me?.role === "admin");
  useEffect(stayWhileSending, []);
  useEffect(openNoDroppedFile, []);
  useKeys("Everywhere", [
    { keys: "mod+k", does: "Go anywhere, do anything", run: () => setOpen("palette") },
    { keys: "?", does: "Show the keys", run: () => setOpen("keys") },
    { keys: "/", does: "To the query or filter", run: () => document.querySelector<HTMLElement>("[data-search]")?.focus() },
    ...mine.map((place) => ({ keys: place.keys, does: place.name, run: () => void navigate({ to: place.to }) })),
  ]);
  return (
    <div className={narrow ? `${styles.shell} ${styles.narrow}` : styles.shell}>
      <header className={styles.top}>
        <ActionIcon className={styles.menu} onClick={() => setRail(!rail)} aria-label="Menu" aria-expanded={rail}>
          <Icon name="menu" />
        </ActionIcon>
        <TenantSwitcher />
        <button type="button" className={styles.search} onClick={() => setOpen("palette")}>
          <Icon name="search" size={14} /> <span>Go to a page, artifact, host or tenant</span> <kbd>⌘K</kbd>
        </button>
        <span className={styles.right}>
          <ActionIcon onClick={() => setOpen("keys")} aria-label="Keys">
            <Icon name="keyboard" />
          </ActionIcon>
          <ActionIcon onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")} aria-label={scheme === "dark" ? "Light colours" : "Dark colours"}>
            <Icon name={scheme === "dark" ? "sun" : "moon"} />
          </ActionIcon>
        </span>
      </header>
      <nav className={rail ? `${styles.rail} ${styles.open}` : styles.rail} aria-label="Pages" onClick={() => setRail(false)}>
        {mine.map((place) => (
          <Link key={place.to} to={place.to} className={styles.place!} activeProps={{ className: styles.here! }} activeOptions={{ exact: place.to === "/", includeSearch: false }} title={place.name}>
            <Icon name={place.icon} /> <span>{place.name}</span>
          </Link>
        ))}
        <button type="button" className={styles.fold} onClick={() => setNarrow(!narrow)} aria-label={narrow ? "Widen the rail" : "Narrow the rail"}>
          <Icon name={narrow ? "right" : "left"} />
        </button>
      </nav>
      <main className={styles.page}>
        <Outlet />
      </main>
      {open === "palette" && <Palette places={mine} close={() => setOpen(undefined)} />}
      {open === "keys" && <KeysHelp close={() => setOpen(undefined)} />}
    </div>
  );
}

/** The browser asks before it leaves the page while files are on their way. */
function stayWhileSending() {
  const ask = (event: BeforeUnloadEvent) => sending() && event.preventDefault();
  window.addEventListener("beforeunload", ask);
  return () => window.removeEventListener("beforeunload", ask);
}

/** A file that is dropped beside the field for it is not opened in place of the page. */
function openNoDroppedFile() {
  const refuse = (event: DragEvent) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  };
  window.addEventListener("dragover", refuse);
  window.addEventListener("drop", refuse);
  return () => {
    window.removeEventListener("dragover", refuse);
    window.removeEventListener("drop", refuse);
  };
}
