import { api, ask, type Schemas } from "../../api/client";
import { NamedThing } from "../../components/NamedThing";

export type Change = { what: "rename" | "delete"; hunt: Schemas["SavedHunt"] };

/** Renames a saved hunt or deletes it, after asking. */
export function ChangeSaved({ change: { what, hunt }, close, done }: { change: Change; close: () => void; done?: () => void }) {
  const path = { saved_hunt_id: hunt.id };
  return (
    <NamedThing
      what={what}
      thing="saved hunt"
      name={hunt.name}
      loses="What its last run found goes with it; the rows stay."
      rename={(name) => ask(api.PUT("/api/hunt/saved/{saved_hunt_id}", { params: { path }, body: { name } }))}
      remove={() => ask(api.DELETE("/api/hunt/saved/{saved_hunt_id}", { params: { path } }))}
      stale={["saved"]}
      close={close}
      {...(done && { done })}
    />
  );
}
