import { texts } from "../texts.ts";
import classes from "./brand.module.css";

/** The name, with its moon. */
export function Brand() {
  return (
    <span className={classes["brand"]}>
      <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
        <path fill="currentColor" d="M8.2 1.6a8.5 8.5 0 1 0 10.2 10.2A7.2 7.2 0 0 1 8.2 1.6Z" />
      </svg>
      {texts.name}
    </span>
  );
}
