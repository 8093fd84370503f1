import classes from "./verdict-mark.module.css";

/** A verdict beside its colour. */
export function VerdictMark({ name, color }: { readonly name: string; readonly color: string }) {
  return (
    <span className={classes["verdict"]}>
      <span className={classes["swatch"]} style={{ background: color }} aria-hidden="true" />
      {name}
    </span>
  );
}
