import type { ReactNode } from "react";
import classes from "./notice.module.css";

interface NoticeProps {
  readonly tone: "idle" | "good" | "warn" | "bad";
  readonly children: ReactNode;
}

/** A sentence that stands out. Screen readers say it when it appears, at once where something went wrong. */
export function Notice({ tone, children }: NoticeProps) {
  return (
    <div className={classes["notice"]} data-tone={tone} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}
