import { Loader } from "@mantine/core";
import { texts } from "../texts.ts";
import classes from "./full-page.module.css";

/** While it is not known what to show. It appears after a moment, so that what is quick does not flicker. */
export function Waiting() {
  return (
    <div className={classes["waiting"]} role="status" aria-label={texts.loading}>
      <Loader size="sm" />
    </div>
  );
}
