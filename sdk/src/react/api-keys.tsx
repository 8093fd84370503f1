import { useState } from "react";
import type { ApiKey } from "../messages.js";
import type { OwnKeys } from "./client.js";
import { KeyRow, type RowAction } from "./key-row.js";
import { type NewKey, NewKeyForm } from "./new-key-form.js";
import { ShownOnce } from "./shown-once.js";
import { type ApiKeysTexts, defaultTexts } from "./texts.js";
import { useOwnKeys } from "./use-own-keys.js";

/** What a page offers. The server refuses by itself what the token does not allow. */
export type KeyAction = "create" | RowAction;

export interface ApiKeysProps {
  /** Where Altalune is. The page's own origin is among the `origins` of the project's `owner_access`. */
  readonly baseUrl: string;
  /** A portal token, or a JSON Web Token of an issuer that the project trusts. Never a root key. */
  readonly token: string;
  /** The project's id; a JSON Web Token needs it, a portal token has it. */
  readonly projectId?: string;
  /** Default: all. */
  readonly actions?: readonly KeyAction[];
  /** In other words, or another language. */
  readonly texts?: Partial<ApiKeysTexts>;
  /** Called when the token is no longer taken: give another. */
  readonly onRefused?: () => void;
}

const allActions: readonly KeyAction[] = ["create", "rotate", "revoke"];
const dayOfGrace = { seconds: 86_400n };

/**
 * The keys of whoever looks at the page, to be made, rotated and revoked. It brings no style: its elements are plain ones, with class
 * names that begin with `altalune-`.
 *
 * @example
 * <ApiKeys baseUrl="https://keys.example.com" token={token} />
 */
export function ApiKeys({ baseUrl, token, projectId, actions = allActions, texts: own, onRefused }: ApiKeysProps) {
  const texts = { ...defaultTexts, ...own };
  const { keys, hasMore, isBusy, fault, showMore, change } = useOwnKeys({
    baseUrl,
    token,
    projectId,
    texts,
    onRefused,
  });
  // Here alone, until it is said to be stored.
  const [value, setValue] = useState<string>();

  const create = (key: NewKey) => change(async (client) => setValue((await client.createMyApiKey(key)).keyValue));
  const act = (action: RowAction, { id: apiKeyId }: ApiKey) =>
    change(async (client: OwnKeys) => {
      if (action === "revoke") {
        await client.revokeMyApiKey({ apiKeyId });
      } else {
        setValue((await client.rotateMyApiKey({ apiKeyId, gracePeriod: dayOfGrace })).keyValue);
      }
    });
  const rowActions = (["rotate", "revoke"] as const).filter((action) => actions.includes(action));
  return (
    <section className="altalune-keys" aria-label={texts.title} aria-busy={isBusy}>
      {fault !== undefined && (
        <p className="altalune-fault" role="alert">
          {fault}
        </p>
      )}
      {value === undefined ? (
        actions.includes("create") && <NewKeyForm texts={texts} isBusy={isBusy} onCreate={create} />
      ) : (
        <ShownOnce value={value} texts={texts} onStored={() => setValue(undefined)} />
      )}
      {keys === undefined && fault === undefined && <p role="status">{texts.loading}</p>}
      {keys?.length === 0 && <p>{texts.empty}</p>}
      {keys !== undefined && keys.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.name}</th>
              <th scope="col">{texts.prefix}</th>
              <th scope="col">{texts.status}</th>
              <th scope="col">{texts.expires}</th>
              {rowActions.length > 0 && <th scope="col">{texts.actions}</th>}
            </tr>
          </thead>
          <tbody>
            {keys.map((apiKey) => (
              <KeyRow
                key={apiKey.id}
                apiKey={apiKey}
                texts={texts}
                isBusy={isBusy || value !== undefined}
                actions={rowActions}
                onAct={act}
              />
            ))}
          </tbody>
        </table>
      )}
      {hasMore && (
        <button type="button" disabled={isBusy} onClick={showMore}>
          {texts.more}
        </button>
      )}
    </section>
  );
}
