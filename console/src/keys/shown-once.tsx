import { Button, Stack, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { CopyButton } from "../parts/copy-button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./shown-once.module.css";

interface ShownOnceProps {
  /** Empty: it was in an answer that did not arrive. */
  readonly value: string;
  readonly onStored: () => void;
}

const { value: words } = texts.keys;

/** A key's value, this once. Nothing closes it but the word of whoever looks at it that it is stored; then it is gone from the page. */
export function ShownOnce({ value, onStored }: ShownOnceProps) {
  const [hasFailed, setHasFailed] = useState(false);
  const place = useRef<HTMLTextAreaElement>(null);
  const isLost = value === "";
  useEffect(() => {
    if (isLost) {
      return;
    }
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, [isLost]);

  const selectInstead = () => {
    place.current?.select();
    setHasFailed(true);
  };
  return (
    <Dialog title={isLost ? words.lostTitle : words.title}>
      <Stack gap="md">
        <p>{isLost ? words.lost : words.text}</p>
        {!isLost && (
          <div className={classes["row"]}>
            <Textarea
              ref={place}
              label={words.label}
              value={value}
              readOnly
              rows={2}
              spellCheck={false}
              className={classes["value"]}
              classNames={{ input: classes["text"] ?? "" }}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton text={value} onFailed={selectInstead} hasFocus />
          </div>
        )}
        {hasFailed && <Notice tone="warn">{texts.copyFailed}</Notice>}
        <div>
          <Button onClick={onStored}>{isLost ? words.goOn : words.stored}</Button>
        </div>
      </Stack>
    </Dialog>
  );
}
