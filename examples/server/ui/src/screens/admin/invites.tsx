import { Button, Select } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "../../api/client";
import { Empty } from "../../components/Empty";
import { ProblemNote } from "../../components/ProblemNote";
import styles from "./admin.module.css";
import { Secret } from "./Secret";

/** Lets somebody into the tenant. */
export function Invites() {
  const [role, setRole] = useState<"user" | "admin">("user");
  const [days, setDays] = useState("7");
  const make = useMutation({ mutationFn: () => ask(api.POST("/api/auth/invites", { body: { role, expires_in_minutes: Number(days) * 24 * 60 } })) });
  return (
    <>
      <div className={styles.form}>
        <Select label="Role" data={["user", "admin"]} value={role} onChange={(next) => next && setRole(next)} w={110} />
        <Select label="Good for" data={[{ value: "1", label: "a day" }, { value: "7", label: "a week" }, { value: "30", label: "30 days" }]} value={days} onChange={(next) => next && setDays(next)} w={110} />
        <Button size="xs" onClick={() => make.mutate()} loading={make.isPending}>
          Make an invite
        </Button>
      </div>
      <ProblemNote error={make.error} />
      {make.data ? (
        <Secret title="Send this to the person." value={`${location.origin}/?invite=${encodeURIComponent(make.data.invite)}`} />
      ) : (
        <Empty title="An invite lets one person register in this tenant">Whoever has it can use it: send it in confidence.</Empty>
      )}
    </>
  );
}
