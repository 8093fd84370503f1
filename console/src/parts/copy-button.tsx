import { Button } from "@mantine/core";
import { useState } from "react";
import { texts } from "../texts.ts";

interface CopyButtonProps {
  readonly text: string;
  /** Called when the browser does not let it be copied. */
  readonly onFailed: () => void;
  readonly hasFocus?: boolean;
}

/** Copies a text, and says that it has. Give it a `key` where the text may become another. */
export function CopyButton({ text, onFailed, hasFocus = false }: CopyButtonProps) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
    } catch {
      setIsCopied(false);
      onFailed();
    }
  };
  return (
    <Button variant="default" onClick={copy} {...(hasFocus && { "data-autofocus": true })}>
      {isCopied ? texts.copy.copied : texts.copy.copy}
    </Button>
  );
}
