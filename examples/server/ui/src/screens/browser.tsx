import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback } from "react";
import { api, ask } from "../api/client";
import { type Question, useSearch } from "../api/search";
import { tenantsQuery } from "../api/tenants";
import { Empty } from "../components/Empty";
import { FilterChips } from "../components/FilterChips";
import { Icon } from "../components/icons";
import { Page } from "../components/Page";
import { mistakeIn, QueryBar } from "../components/QueryBar";
import { RowGrid } from "../components/RowGrid";
import { SaveHunt } from "../components/SaveHunt";
import { ScopeMenu } from "../components/ScopeMenu";
import { Text } from "../components/Text";
import type { Browse } from "../lib/browse";
import { changed } from "../lib/change";
import { combined, typedColumn } from "../lib/filters";
import { count, counted } from "../lib/format";
import styles from "./browser.module.css";

const StackDrawer = lazy(() => import("../components/StackDrawer").then((m) => ({ default: m.StackDrawer })));

/** The rows of an artifact over all hosts, or over those that the address narrows it to. */
export function Browser() {
  const route = getRouteApi("/artifacts/$artifact");
  const { artifact } = route.useParams();
  const browse = route.useSearch();
  const { data: artifacts } = useQuery({ queryKey: ["artifacts"], queryFn: () => ask(api.GET("/api/artifacts")) });
  const about = artifacts?.find((a) => a.artifact === artifact);
  return (
    <Rows
      artifact={artifact}
      title={<Text value={artifact} />}
      tools={
        <>
          {about && (
            <span className={styles.about}>
              {counted(about.rows, "row")}, {counted(about.hosts, "host")}
            </span>
          )}
          <Button component={Link} to="/collections" search={{ artifact } as never} variant="default" className={styles.collections!}>
            Collections
          </Button>
        </>
      }
      browse={browse}
    />
  );
}

/** The rows of every artifact at once. */
export function Search() {
  return <Rows artifact={undefined} title="Search" browse={getRouteApi("/search").useSearch()} />;
}

type Props = { artifact: string | undefined; title: ReactNode; tools?: ReactNode; browse: Browse };

function Rows({ artifact, title, tools, browse }: Props) {
  const navigate = useNavigate();
  const { data: tenants } = useQuery(tenantsQuery);
  const tenantName = useCallback((id: string) => tenants?.find((t) => t.id === id)?.name ?? id, [tenants]);
  const { query = "", filters = [], stack, order, ...narrowed } = browse;
  const scope = { ...narrowed, ...(artifact !== undefined && { artifacts: [artifact] }) };
  const whole = combined(query, filters);
  const question: Question = { ...scope, ...(whole !== "" && { query: whole }), ...(order && { order }) };
  const found = useSearch(question);
  const mistake = mistakeIn(found.more.error);
  const set = (next: Browse) => void navigate({ to: ".", search: next as never });
  const filter = (clause: string) => set({ ...changed(browse, { stack: undefined }), filters: [...new Set([...filters, clause])] });
  return (
    <Page title={title} flush tools={tools}>
      <div className={styles.ask}>
        <QueryBar
          value={query}
          set={(next) => set(changed(browse, { query: next === "" ? undefined : next }))}
          scope={scope}
          mistake={mistake && { ...mistake, column: typedColumn(mistake.column, query, filters) }}
        />
        <ScopeMenu browse={browse} set={set} />
        {artifact !== undefined && (
          <Button variant="default" h={28} leftSection={<Icon name="stack" />} disabled={found.fields.length === 0} onClick={() => set({ ...browse, stack: [] })}>
            Stack
          </Button>
        )}
        <SaveHunt kind="search" question={mistake ? undefined : question} />
      </div>
      <FilterChips browse={browse} set={set} tenantName={tenantName} />
      <RowGrid
        name={artifact ?? "search"}
        question={question}
        found={mistake ? { ...found, more: { ...found.more, error: undefined, loading: false } } : found}
        withHost
        withArtifact={artifact === undefined}
        tenantName={browse.tenants ? tenantName : undefined}
        filter={filter}
        stack={artifact === undefined ? undefined : (path) => set({ ...browse, stack: [path] })}
        empty={
          mistake ? (
            <Empty title="The query is not right yet">It is marked above, at its place.</Empty>
          ) : whole === "" && Object.keys(narrowed).length === 0 ? (
            <Empty title="There are no rows">
              <Link to="/ingest">Bring something in</Link>.
            </Empty>
          ) : (
            <Empty title="No row fits">Take a filter away, or ask for less: what you asked was looked for in {count(found.account?.scanned.rows ?? 0)} rows.</Empty>
          )
        }
      />
      {artifact !== undefined && stack && (
        <Suspense>
          <StackDrawer
            artifact={artifact}
            question={question}
            known={found.fields.map((f) => f.path)}
            fields={stack}
            setFields={(stack) => set({ ...browse, stack })}
            filter={(clauses) => set({ ...changed(browse, { stack: undefined }), filters: [...new Set([...filters, ...clauses])] })}
            close={() => set(changed(browse, { stack: undefined }))}
          />
        </Suspense>
      )}
    </Page>
  );
}
