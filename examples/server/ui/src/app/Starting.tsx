import { useEffect, useState } from "react";
import { ProblemNote } from "../components/ProblemNote";
import { session } from "../api/session";
import { tenantOf } from "../lib/tenants";

/** Asks whether the browser still has a session. */
export function Starting() {
  const [error, setError] = useState<unknown>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    setError(undefined);
    session.resume(tenantOf(location.pathname)).catch(setError);
  }, [tries]);
  return error ? <ProblemNote error={error} retry={() => setTries(tries + 1)} /> : null;
}
