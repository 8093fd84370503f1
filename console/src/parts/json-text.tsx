import classes from "./json-text.module.css";

/** A value of JSON, to be read. */
export function JsonText({ value }: { readonly value: unknown }) {
  return <pre className={classes["json"]}>{JSON.stringify(value, null, 2)}</pre>;
}
