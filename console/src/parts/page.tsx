import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation, useNavigationType } from "react-router";
import { texts } from "../texts.ts";
import classes from "./page.module.css";

interface PageProps {
  readonly title: string;
  /** Where it belongs. */
  readonly above?: { readonly to: string; readonly name: string } | undefined;
  /** What may be done here, beside the title. */
  readonly actions?: ReactNode;
  /** Whether it is a form, which is read more easily when it is not wide. */
  readonly isNarrow?: boolean;
  readonly children: ReactNode;
}

/** One page: its title, which has the focus once somebody has come here by a link, and what is below. */
export function Page({ title, above, actions, isNarrow = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const hasGoneHere = useNavigationType() !== "POP";
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever narrows a list changes the address, and goes nowhere.
  useEffect(() => {
    if (hasGoneHere) {
      heading.current?.focus();
    }
  }, [pathname]);
  return (
    <div className={isNarrow ? classes["narrow"] : undefined}>
      <title>{texts.title(title)}</title>
      {above !== undefined && (
        <Link to={above.to} className={classes["above"]}>
          <span aria-hidden="true">←</span> {above.name}
        </Link>
      )}
      <div className={classes["head"]}>
        <h1 ref={heading} tabIndex={-1} className={classes["title"]}>
          {title}
        </h1>
        {actions !== undefined && <div className={classes["actions"]}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
