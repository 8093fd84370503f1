import { Button, Textarea } from "@mantine/core";
import { useRef, useState } from "react";
import { texts } from "../texts.ts";
import classes from "./copy-field.module.css";
import { Notice } from "./notice.tsx";

interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
  /** How many lines of it are seen. */
  readonly rows: number;
}

const { copy: words } = texts;

/** A text that is there to be taken along. Its button has the focus in a dialog. */
export function CopyField({ label, value, rows }: CopyFieldProps) {
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const place = useRef<HTMLTextAreaElement>(null);
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
    <>
      <div className={classes["row"]}>
        <Textarea
          ref={place}
          label={label}
          value={value}
          readOnly
          rows={rows}
          spellCheck={false}
          className={classes["value"]}
          classNames={{ input: classes["text"] ?? "" }}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button variant="default" onClick={copy} data-autofocus>
          {copied === "yes" ? words.copied : words.copy}
        </Button>
      </div>
      {copied === "failed" && <Notice tone="warn">{words.copyFailed}</Notice>}
    </>
  );
}
