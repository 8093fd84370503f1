import { useLocation } from "react-router";
import { Notice } from "./notice.tsx";
import classes from "./outcome.module.css";

/** What whoever leads to a page says of what was done, as the state of a navigation. */
export interface Done {
  readonly done: string;
}

/** What was done before one came here. */
export function Outcome() {
  const done: unknown = useLocation().state?.done;
  return typeof done === "string" ? (
    <div className={classes["outcome"]}>
      <Notice tone="good">{done}</Notice>
    </div>
  ) : null;
}
