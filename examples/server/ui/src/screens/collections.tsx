import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CollectionGrid } from "../components/CollectionGrid";
import { Filter } from "../components/Filter";
import { Page } from "../components/Page";

const route = getRouteApi("/collections");

/** Everything that was collected, whose, and whether it is all there. */
export function Collections() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/collections" });
  const filter = (name: keyof typeof search, label: string, main = false) => (
    <Filter label={label} main={main} value={search[name]} set={(value) => void navigate({ search: (old) => ({ ...old, [name]: value || undefined }), replace: true })} />
  );
  return (
    <Page
      title="Collections"
      flush
      tools={
        <>
          {filter("artifact", "Artifact", true)}
          {filter("flow_id", "Flow")}
          {filter("hunt_id", "Hunt")}
        </>
      }
    >
      <CollectionGrid filter={search} />
    </Page>
  );
}
