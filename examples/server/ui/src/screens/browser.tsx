import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button } from "@mantine/core";
import { api, ask } from "../api/client";
import { useCollectionsOf } from "../api/rows";
import { Icon } from "../components/icons";
import { Page } from "../components/Page";
import { ProblemNote } from "../components/ProblemNote";
import { RowGrid } from "../components/RowGrid";
import { Text } from "../components/Text";
import { counted } from "../lib/format";
import styles from "./browser.module.css";

const route = getRouteApi("/artifacts/$artifact");

/** The rows of an artifact over all hosts, or over those that the address narrows it to. */
export function Browser() {
  const { artifact } = route.useParams();
  const search = route.useSearch();
  const collections = useCollectionsOf(artifact, search);
  const { data: artifacts } = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const narrowed = Object.keys(search).length > 0;
  const about = artifacts?.find((a) => a.artifact === artifact);
  return (
    <Page
      title={<Text value={artifact} />}
      flush
      tools={
        <>
          {about && <span>{counted(about.hosts, "host")} have it</span>}
          {Object.entries(search).map(([name, value]) => (
            <Link key={name} to="/artifacts/$artifact" params={{ artifact }} search={{ ...search, [name]: undefined }} className={styles.chip!} title="Take this filter away">
              {name.replace("_id", "")}: <Text value={value} /> <Icon name="close" size={12} />
            </Link>
          ))}
          <Button component={Link} to="/collections" search={{ artifact } as never} variant="default">
            Collections
          </Button>
        </>
      }
    >
      <ProblemNote error={collections.error} retry={() => void collections.refetch()} />
      <RowGrid artifact={artifact} collections={collections.data} total={narrowed ? undefined : about?.rows} withHost />
    </Page>
  );
}
