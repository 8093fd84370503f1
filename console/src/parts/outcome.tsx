import { useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "react-router";
import { Notice } from "./notice.tsx";
import classes from "./outcome.module.css";

/** What whoever leads to a page says of what was done, as the state of a navigation. */
interface Done {
  readonly done: string;
}

/**
 * Leads to a page, once something is done, which says so there. What was asked before is asked anew by whoever draws it next, and not by
 * the page that is left: what it was about may be gone.
 */
export function useLeave() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async (to: string, done: string, { replace = false } = {}): Promise<void> => {
    await queries.invalidateQueries({ refetchType: "none" });
    await navigate(to, { state: { done } satisfies Done, replace });
  };
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
