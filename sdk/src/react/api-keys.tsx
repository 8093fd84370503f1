import { useMemo } from "react";
import type { ApiKey } from "../messages.js";
import { ownKeysBy } from "./client.js";
import { KeyRow } from "./key-row.js";
import { type NewKey, NewKeyForm } from "./new-key-form.js";
import { type RowAction, type RowRequest, rowActions } from "./row-request.js";
import { ShownOnce } from "./shown-once.js";
import { type ApiKeysTexts, defaultTexts } from "./texts.js";
import { useNewValue } from "./use-new-value.js";
import { useOwnKeys } from "./use-own-keys.js";

/** What a page offers. The server refuses by itself what the token does not allow. */
export type KeyAction = "create" | RowAction;

export interface ApiKeysProps {
  /** Where Altalune is. The page's own origin is among the `origins` of the project's `owner_access`. */
  readonly baseUrl: string;
  /**
   * A portal token, or a JSON Web Token of an issuer that the project trusts. Never a root key. It may be replaced by a newer one of the same
   * owner; where it is another owner's, nothing of the one before is shown any more.
   */
  readonly token: string;
  /** The project's id; a JSON Web Token needs it, a portal token has it. */
  readonly projectId?: string;
  /** Default: all. */
  readonly actions?: readonly KeyAction[];
  /**
   * For how many days a key may be good, to be chosen from, within the `max_lifetime` of the project's `owner_access`. The first is what is
   * chosen until another is, and what an expired key gets that is rotated. Default: it is not asked, a new key has the project's
   * `default_lifetime`, and an expired key is not rotated.
   */
  readonly lifetimes?: readonly number[];
  /** In other words, or another language. */
  readonly texts?: Partial<ApiKeysTexts>;
  /** Called when the token is no longer taken: give another. */
  readonly onRefused?: () => void;
}

const allActions: readonly KeyAction[] = ["create", ...rowActions];
const dayOfGrace = { seconds: 86_400n };

/**
 * The keys of whoever looks at the page, to be made, renamed, rotated and revoked; of those that Altalune has rotated the new value is shown.
 * It brings no style: its elements are plain ones, with class names that begin with `altalune-`.
 *
 * @example
 * <ApiKeys baseUrl="https://keys.example.com" token={token} />
 */
export function ApiKeys({
  baseUrl,
  token,
  projectId,
  actions = allActions,
  lifetimes = [],
  texts: own,
  onRefused,
}: ApiKeysProps) {
  const texts = { ...defaultTexts, ...own };
  const client = useMemo(() => ownKeysBy(baseUrl, token, projectId), [baseUrl, token, projectId]);
  const { keys, hasMore, isBusy, fault, isStale, showMore, reload, change } = useOwnKeys({ client, texts, onRefused });
  const { value, isUnsure, show, forget } = useNewValue(client, keys !== undefined);

  const create = (key: NewKey) => change(async (by) => show(by, await by.createMyApiKey(key)));
  const act = ({ id: apiKeyId }: ApiKey, request: RowRequest) =>
    change(async (by) => {
      switch (request.action) {
        case "rename":
          return by.renameMyApiKey({ apiKeyId, name: request.name });
        case "claim":
          return show(by, await by.claimMyRotatedKey({ apiKeyId }));
        case "revoke":
          return by.revokeMyApiKey({ apiKeyId });
        case "rotate": {
          const { requestId, expiration } = request;
          const rotation = { apiKeyId, gracePeriod: dayOfGrace, requestId };
          return show(by, await by.rotateMyApiKey(expiration === undefined ? rotation : { ...rotation, expiration }));
        }
      }
    });
  const offered = rowActions.filter((action) => actions.includes(action));
  return (
    <section className="altalune-keys" aria-label={texts.title} aria-busy={isBusy}>
      {fault !== undefined && (
        <p className="altalune-fault" role="alert">
          {fault}
        </p>
      )}
      {isStale && (
        <button type="button" disabled={isBusy} onClick={reload}>
          {texts.reload}
        </button>
      )}
      {value === undefined ? (
        actions.includes("create") && (
          <NewKeyForm texts={texts} isBusy={isBusy || (isUnsure && !isStale)} lifetimes={lifetimes} onCreate={create} />
        )
      ) : (
        <ShownOnce value={value} texts={texts} onStored={forget} />
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
              {offered.length > 0 && <th scope="col">{texts.actions}</th>}
            </tr>
          </thead>
          <tbody>
            {keys.map((apiKey) => (
              <KeyRow
                key={apiKey.id}
                apiKey={apiKey}
                texts={texts}
                isBusy={isBusy || isUnsure || value !== undefined}
                actions={offered}
                renewalDays={lifetimes[0]}
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
