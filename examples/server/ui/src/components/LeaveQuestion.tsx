import { Button } from "@mantine/core";
import styles from "./LeaveQuestion.module.css";

type Props = { question: string; leave: () => void; stay: () => void };

/** Asks before what somebody typed is thrown away. */
export function LeaveQuestion({ question, leave, stay }: Props) {
  return (
    <div role="alert" className={styles.question}>
      <p>{question}</p>
      <Button variant="default" onClick={leave}>
        Leave it
      </Button>
      <Button variant="default" onClick={stay}>
        Stay
      </Button>
    </div>
  );
}
