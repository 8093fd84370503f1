import { Button, Stack, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Dialog } from "../parts/dialog.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./shown-once.module.css";

/** What is said of what is shown once. */
interface ShownOnceWords {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  /** The word that it is stored. */
  readonly stored: string;
}

interface ShownOnceProps {
  /** Empty: it was in an answer that did not arrive. */
  readonly value: string;
  /** Unless told otherwise, it is a key's value. */
  readonly words?: ShownOnceWords;
  /** Of the field that shows it. */
  readonly rows?: number;
  readonly onStored: () => void;
}

const { value: ofKey } = texts.keys;

/** A secret, this once. Nothing closes it but the word of whoever looks at it that it is stored; then it is gone from the page. */
export function ShownOnce({ value, words = ofKey, rows = 2, onStored }: ShownOnceProps) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
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

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied("yes");
    } catch {
      place.current?.select();
      setCopied("failed");
    }
  };
  return (
    <Dialog title={isLost ? ofKey.lostTitle : words.title}>
      <Stack gap="md">
        <p>{isLost ? ofKey.lost : words.text}</p>
        {!isLost && (
          <div className={classes["row"]}>
            <Textarea
              ref={place}
              label={words.label}
              value={value}
              readOnly
              rows={rows}
              spellCheck={false}
              className={classes["value"]}
              classNames={{ input: classes["text"] ?? "" }}
              onFocus={(event) => event.currentTarget.select()}
            />
            <Button variant="default" onClick={copy} data-autofocus>
              {copied === "yes" ? ofKey.copied : ofKey.copy}
            </Button>
          </div>
        )}
        {copied === "failed" && <Notice tone="warn">{ofKey.copyFailed}</Notice>}
        <div>
          <Button onClick={onStored}>{isLost ? ofKey.goOn : words.stored}</Button>
        </div>
      </Stack>
    </Dialog>
  );
}
