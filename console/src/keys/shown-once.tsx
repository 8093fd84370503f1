import { Button, Stack } from "@mantine/core";
import { useEffect } from "react";
import { CopyField } from "../parts/copy-field.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { texts } from "../texts.ts";

interface ShownOnceProps {
  /** Empty: it was in an answer that did not arrive. */
  readonly value: string;
  readonly onStored: () => void;
}

const { value: words } = texts.keys;

/** A key's value, this once. Nothing closes it but the word of whoever looks at it that it is stored; then it is gone from the page. */
export function ShownOnce({ value, onStored }: ShownOnceProps) {
  const isLost = value === "";
  useEffect(() => {
    if (isLost) {
      return;
    }
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, [isLost]);

  return (
    <Dialog title={isLost ? words.lostTitle : words.title}>
      <Stack gap="md">
        <p>{isLost ? words.lost : words.text}</p>
        {!isLost && <CopyField label={words.label} value={value} rows={2} />}
        <div>
          <Button onClick={onStored}>{isLost ? words.goOn : words.stored}</Button>
        </div>
      </Stack>
    </Dialog>
  );
}
