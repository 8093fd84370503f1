import type { ReactNode } from "react";
import classes from "./badge.module.css";

export type BadgeTone = "idle" | "good" | "warn" | "bad";

/** A word or two of what holds for something. */
export function Badge({ tone, children }: { readonly tone: BadgeTone; readonly children: ReactNode }) {
  return (
    <span className={classes["badge"]} data-tone={tone}>
      {children}
    </span>
  );
}
