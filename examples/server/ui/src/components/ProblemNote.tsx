import { Button } from "@mantine/core";
import { asProblem, isAbort } from "../api/problem";
import { Text } from "./Text";
import styles from "./ProblemNote.module.css";

/** Says what went wrong and what can be done. Nothing without an error. */
export function ProblemNote({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error || isAbort(error)) return null;
  const problem = asProblem(error);
  const fields = problem.fields.filter((field) => !problem.detail.includes(field.message));
  return (
    <div role="alert" className={styles.note}>
      <strong>{problem.title}</strong>
      {problem.detail && (
        <p>
          <Text value={problem.detail} />
        </p>
      )}
      {fields.length > 0 && (
        <ul>
          {fields.map((field, i) => (
            <li key={i}>
              {field.where && <code>{field.where}</code>} <Text value={field.message} />
            </li>
          ))}
        </ul>
      )}
      {problem.status === 429 && <p>Wait a little, then try again.</p>}
      {retry && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
