import { Text } from "@mantine/core";
import classes from "../parts/full-page.module.css";
import { texts } from "../texts.ts";
import heading from "./portal.module.css";

/** Takes the place of a portal that is not open. The way on is a new link, which is not to be had here. */
export function EndNote({ sentence }: { readonly sentence: string }) {
  return (
    <main className={classes["note"]}>
      <h1 className={heading["heading"]}>{texts.portal.closed}</h1>
      <Text role="alert">{sentence}</Text>
    </main>
  );
}
