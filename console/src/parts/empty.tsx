import classes from "./empty.module.css";

interface EmptyProps {
  readonly title: string;
  /** What would be here, and what it is good for. */
  readonly text: string;
}

/** Takes the place of a list that has nothing in it. */
export function Empty({ title, text }: EmptyProps) {
  return (
    <div className={classes["empty"]}>
      <h2 className={classes["title"]}>{title}</h2>
      <p className={classes["text"]}>{text}</p>
    </div>
  );
}
