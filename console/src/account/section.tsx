import { Stack } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./account.module.css";

interface SectionProps {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

/** A part of the account. */
export function Section({ title, text, children }: SectionProps) {
  return (
    <section className={classes["section"]}>
      <h2>{title}</h2>
      <Stack gap="md">
        <p className={classes["text"]}>{text}</p>
        {children}
      </Stack>
    </section>
  );
}
