import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { verdictCounts } from "../api/virustotal";
import { count } from "../lib/format";
import { VerdictBadge, verdicts } from "./VerdictBadge";
import styles from "./VerdictCounts.module.css";

/** How many files have each verdict, which lead to those files. */
export function VerdictCounts() {
  const { data } = useQuery(verdictCounts);
  return (
    <ul className={styles.counts}>
      {verdicts.map((verdict) => (
        <li key={verdict}>
          <Link to="/virustotal" search={{ verdict }} activeOptions={{ exact: true }}>
            <b>{data ? count(data[verdict]) : "…"}</b> <VerdictBadge verdict={verdict} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
