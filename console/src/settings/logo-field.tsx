import { Button, FileButton, Group } from "@mantine/core";
import { useId, useRef, useState } from "react";
import { texts } from "../texts.ts";
import classes from "./settings.module.css";

interface LogoFieldProps {
  /** Empty: none. */
  readonly logo: Uint8Array;
  readonly onChange: (logo: Uint8Array) => void;
  readonly error: string | undefined;
}

const { branding: words } = texts.settings;
const kinds = ["image/png", "image/jpeg", "image/webp"];
/** Bytes. A call takes little more. */
const maxBytes = 32 * 1024;

/** A picture, from a file. */
export function LogoField({ logo, onChange, error }: LogoFieldProps) {
  const [fault, setFault] = useState<string>();
  const reset = useRef<() => void>(null);
  const choice = useRef<HTMLButtonElement>(null);
  const hint = useId();

  const choose = async (file: File | null) => {
    // So that the same file can be chosen again.
    reset.current?.();
    if (file === null) {
      return;
    }
    const found = faultOf(file);
    setFault(found);
    if (found === undefined) {
      onChange(new Uint8Array(await file.arrayBuffer()));
    }
  };
  const remove = () => {
    setFault(undefined);
    onChange(new Uint8Array());
    choice.current?.focus();
  };
  const told = fault ?? error;
  return (
    <div>
      <div className={classes["label"]}>{`${words.logo} (${texts.form.optional})`}</div>
      <p id={hint} className={classes["hint"]}>
        {words.logoHint}
      </p>
      <Group gap="xs">
        <FileButton resetRef={reset} accept={kinds.join()} onChange={(file) => void choose(file)}>
          {(props) => (
            <Button {...props} ref={choice} variant="default" aria-describedby={hint}>
              {words.choose}
            </Button>
          )}
        </FileButton>
        {logo.length > 0 && (
          <Button variant="default" className="danger" onClick={remove}>
            {words.remove}
          </Button>
        )}
      </Group>
      {told !== undefined && (
        <p role="alert" className={classes["fault"]}>
          {told}
        </p>
      )}
    </div>
  );
}

/** What is plain before it is sent. What the file truly holds, the service looks at. */
function faultOf({ type, size }: File): string | undefined {
  if (!kinds.includes(type)) {
    return words.otherKind;
  }
  return size > maxBytes ? words.tooLarge : undefined;
}
