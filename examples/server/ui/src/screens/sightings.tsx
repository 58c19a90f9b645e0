import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Empty } from "../components/Empty";
import { Filter } from "../components/Filter";
import { Page } from "../components/Page";
import { SightingGrid } from "../components/SightingGrid";
import { TimeField } from "../components/TimeField";
import { changed } from "../lib/change";

const route = getRouteApi("/sightings");

/** Where anything that is watched for was found. */
export function Sightings() {
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/sightings" });
  const put = (change: { [name in keyof typeof search]: (typeof search)[name] | undefined }) => void navigate({ search: (old) => changed(old, change), replace: true });
  return (
    <Page
      title="Sightings"
      flush
      tools={
        <>
          <Filter label="Indicator" main value={search.indicator} set={(indicator) => put({ indicator: indicator || undefined })} />
          <TimeField label="Since" value={search.since} set={(since) => put({ since })} />
        </>
      }
    >
      <SightingGrid
        filter={search}
        empty={
          Object.keys(search).length > 0 ? (
            <Empty title="No sighting fits">Take a filter away; an indicator has to be whole, and may be defanged.</Empty>
          ) : (
            <Empty title="Nothing was sighted">
              Indicators of <Link to="/watchlists">watchlists</Link> are listed here as soon as anything has one.
            </Empty>
          )
        }
      />
    </Page>
  );
}
