import { UnstyledButton } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";
import classes from "./open-rows.module.css";

interface OpenRows {
  /** What names a row, and opens or closes it. @param key that no other row has */
  opener(key: string, name: string): ReactNode;
  /** What stands below a row, a `Fact` each; undefined: it is closed. */
  below(key: string, facts: () => ReactNode): ReactNode | undefined;
}

/** Rows of a table, each of which opens to what else is known of it. */
export function useOpenRows(): OpenRows {
  const id = useId();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string) =>
    setOpen((before) => {
      const after = new Set(before);
      return after.delete(key) ? after : after.add(key);
    });
  const opener = (key: string, name: string) => (
    <UnstyledButton
      className={classes["opener"]}
      aria-expanded={open.has(key)}
      aria-controls={open.has(key) ? `${id}${key}` : undefined}
      onClick={() => toggle(key)}
    >
      {name}
    </UnstyledButton>
  );
  const below = (key: string, facts: () => ReactNode) =>
    open.has(key) ? (
      <dl id={`${id}${key}`} className={classes["facts"]}>
        {facts()}
      </dl>
    ) : undefined;
  return { opener, below };
}
