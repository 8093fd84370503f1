import { useRef, useState } from "react";
import type { ApiKeysTexts } from "./texts.js";

interface ShownOnceProps {
  /** Empty: it was in an answer that did not arrive. */
  readonly value: string;
  readonly texts: ApiKeysTexts;
  readonly onStored: () => void;
}

/** A key's value, this once. It goes with the word of whoever looks at it that it is stored. */
export function ShownOnce({ value, texts, onStored }: ShownOnceProps) {
  const [isCopied, setIsCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setIsCopied(true);
    } catch {
      field.current?.select();
    }
  };
  return (
    <div className="altalune-value" role="status">
      <p>{value === "" ? texts.lost : texts.store}</p>
      {value !== "" && (
        <>
          <label>
            {texts.value}
            <input ref={field} value={value} readOnly spellCheck={false} size={60} />
          </label>
          <button type="button" onClick={copy}>
            {isCopied ? texts.copied : texts.copy}
          </button>
        </>
      )}
      <button type="button" onClick={onStored}>
        {texts.stored}
      </button>
    </div>
  );
}
