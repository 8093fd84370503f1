import { Text } from "@mantine/core";
import classes from "../parts/full-page.module.css";

/** Takes the place of a portal that is not open. The way on is a new link, which is not to be had here. */
export function EndNote({ sentence }: { readonly sentence: string }) {
  return (
    <main className={classes["note"]} role="alert">
      <Text>{sentence}</Text>
    </main>
  );
}
