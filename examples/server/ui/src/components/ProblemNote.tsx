import { Button } from "@mantine/core";
import { asProblem, isAbort } from "../api/problem";
import { Text } from "./Text";
import styles from "./ProblemNote.module.css";

/** What the phrases of HTTP mean here. */
const titles: Record<string, string> = {
  "Bad Request": "The server did not understand this",
  "Unprocessable Entity": "This cannot be taken as it is",
  "Forbidden": "You may not do this",
  "Not Found": "There is no such thing here",
  "Conflict": "Something else is in the way",
  "Request Entity Too Large": "This is too large",
  "Too Many Requests": "Too much at once",
  "Internal Server Error": "The server failed",
  "Service Unavailable": "The server is busy",
};

/** Says what went wrong and what can be done. Nothing without an error. */
export function ProblemNote({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error || isAbort(error)) return null;
  const problem = asProblem(error);
  const fields = problem.fields.filter((field) => !problem.detail.includes(field.message));
  return (
    <div role="alert" className={styles.note}>
      <strong>{titles[problem.title] ?? problem.title}</strong>
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
      {retry && problem.status !== 404 && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
