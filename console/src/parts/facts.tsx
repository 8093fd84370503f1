import type { ReactNode } from "react";
import classes from "./facts.module.css";

interface FactsProps {
  readonly title: string;
  /** What holds for all of them. */
  readonly note?: string;
  readonly children: ReactNode;
}

/** What is to be said of one thing, a `Fact` each. */
export function Facts({ title, note, children }: FactsProps) {
  return (
    <section className={classes["section"]}>
      <h2>{title}</h2>
      <dl className={classes["facts"]}>{children}</dl>
      {note !== undefined && <p className={classes["note"]}>{note}</p>}
    </section>
  );
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={classes["fact"]}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
