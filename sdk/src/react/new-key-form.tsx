import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type FormEvent, useMemo, useState } from "react";
import { endAfter, LifetimeField } from "./lifetime.js";
import type { ApiKeysTexts } from "./texts.js";

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly scopes: string[];
  /** Absent: as the project has it. */
  readonly expiration?: Timestamp;
  /** The same as long as the fields say the same: sent again because no answer came, it makes one key. */
  readonly requestId: string;
}

interface NewKeyFormProps {
  readonly texts: ApiKeysTexts;
  readonly isBusy: boolean;
  /** In days, of which the first is chosen; empty: it is not asked. */
  readonly lifetimes: readonly number[];
  readonly onCreate: (key: NewKey) => Promise<unknown>;
}

/** Asks for a new key. It goes when there is one: its value takes its place. */
export function NewKeyForm({ texts, isBusy, lifetimes, onCreate }: NewKeyFormProps) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("");
  const [chosen, setChosen] = useState<number>();
  const days = chosen !== undefined && lifetimes.includes(chosen) ? chosen : lifetimes[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: other fields are another request.
  const request = useMemo(
    () => ({ requestId: crypto.randomUUID(), ...(days === undefined ? {} : { expiration: endAfter(days) }) }),
    [name, scopes, days],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = [...new Set(scopes.split(/[\s,]+/).filter((scope) => scope !== ""))];
    void onCreate({ name, scopes: wanted, ...request });
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
      {days !== undefined && <LifetimeField texts={texts} lifetimes={lifetimes} days={days} onChange={setChosen} />}
      <button type="submit" disabled={isBusy}>
        {texts.create}
      </button>
    </form>
  );
}
