import { Button, Text } from "@mantine/core";
import classes from "./full-page.module.css";

interface FullPageNoteProps {
  readonly sentence: string;
  readonly action: string;
  readonly onAction: () => void;
}

/** Takes the place of a page that cannot be shown. */
export function FullPageNote({ sentence, action, onAction }: FullPageNoteProps) {
  return (
    <main className={classes["note"]}>
      <Text role="alert">{sentence}</Text>
      <Button onClick={onAction}>{action}</Button>
    </main>
  );
}
