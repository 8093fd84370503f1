import { type FormEvent, useMemo, useState } from "react";
import type { ApiKeysTexts } from "./texts.js";

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly scopes: string[];
  /** The same as long as the fields say the same: sent again because no answer came, it makes one key. */
  readonly requestId: string;
}

interface NewKeyFormProps {
  readonly texts: ApiKeysTexts;
  readonly isBusy: boolean;
  readonly onCreate: (key: NewKey) => Promise<unknown>;
}

/** Asks for a new key. It goes when there is one: its value takes its place. */
export function NewKeyForm({ texts, isBusy, onCreate }: NewKeyFormProps) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: other fields are another request.
  const requestId = useMemo(() => crypto.randomUUID(), [name, scopes]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = [...new Set(scopes.split(/[\s,]+/).filter((scope) => scope !== ""))];
    void onCreate({ name, scopes: wanted, requestId });
  };
  return (
    <form className="altalune-new" onSubmit={submit}>
      <label>
        {texts.newName}
        <input value={name} required maxLength={50} onChange={(event) => setName(event.currentTarget.value)} />
      </label>
      <label>
        {texts.newScopes}
        <input
          value={scopes}
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setScopes(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={isBusy}>
        {texts.create}
      </button>
    </form>
  );
}
