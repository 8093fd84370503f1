import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
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

/** What was done before one came here. It is said this once: not after the page was loaded again, nor to who comes back to it. */
export function Outcome() {
  const { pathname, search, hash, state } = useLocation();
  const navigate = useNavigate();
  const [told, setTold] = useState<{ readonly done: string; readonly pathname: string }>();
  const done: unknown = state?.done;
  useEffect(() => {
    if (typeof done === "string") {
      setTold({ done, pathname });
      void navigate({ pathname, search, hash }, { replace: true, state: null });
    } else {
      setTold((now) => (now?.pathname === pathname ? now : undefined));
    }
  }, [done, pathname, search, hash, navigate]);
  return told?.pathname === pathname ? (
    <div className={classes["outcome"]}>
      <Notice tone="good">{told.done}</Notice>
    </div>
  ) : null;
}
