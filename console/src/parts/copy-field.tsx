import { Textarea } from "@mantine/core";
import { useRef, useState } from "react";
import { texts } from "../texts.ts";
import { CopyButton } from "./copy-button.tsx";
import classes from "./copy-field.module.css";
import { Notice } from "./notice.tsx";

interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
  /** How many lines of it are seen. */
  readonly rows: number;
}

/** A text that is there to be taken along. Its button has the focus in a dialog. */
export function CopyField({ label, value, rows }: CopyFieldProps) {
  const [hasFailed, setHasFailed] = useState(false);
  const place = useRef<HTMLTextAreaElement>(null);
  const selectInstead = () => {
    place.current?.select();
    setHasFailed(true);
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
        <CopyButton text={value} onFailed={selectInstead} hasFocus />
      </div>
      {hasFailed && <Notice tone="warn">{texts.copy.copyFailed}</Notice>}
    </>
  );
}
