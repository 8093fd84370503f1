import { useState } from "react";
import { type ApiKey, ApiKeyStatus } from "../messages.js";
import { dayText } from "./lifetime.js";
import { RowQuestion } from "./row-question.js";
import { isPossible, type RowAction, type RowRequest, requestFor } from "./row-request.js";
import type { ApiKeysTexts } from "./texts.js";

interface KeyRowProps {
  readonly apiKey: ApiKey;
  readonly texts: ApiKeysTexts;
  readonly isBusy: boolean;
  readonly actions: readonly RowAction[];
  /** For how many days a key is good that had expired. Undefined: none is given another end. */
  readonly renewalDays: number | undefined;
  /** @returns whether it was done */
  readonly onAct: (apiKey: ApiKey, request: RowRequest) => Promise<boolean>;
}

/** A key. What is to be done with it is asked for twice. */
export function KeyRow({ apiKey, texts, isBusy, actions, renewalDays, onAct }: KeyRowProps) {
  const [asked, setAsked] = useState<RowRequest>();
  const { name, keyPrefix, status, expiration } = apiKey;
  const act = async (request: RowRequest) => {
    if (await onAct(apiKey, request)) {
      setAsked((now) => (now === asked ? undefined : now));
    }
  };
  return (
    <tr data-status={ApiKeyStatus[status]?.toLowerCase()}>
      <th scope="row">{name}</th>
      <td>
        <code>{keyPrefix}…</code>
      </td>
      <td>{statusText(status, texts)}</td>
      <td>{expiration === undefined ? texts.never : dayText(expiration)}</td>
      {actions.length > 0 && (
        <td>
          {asked === undefined ? (
            actions
              .filter((action) => isPossible(action, apiKey, renewalDays))
              .map((action) => (
                <button
                  key={action}
                  type="button"
                  disabled={isBusy}
                  aria-label={`${texts[action]} ${name}`}
                  onClick={() => setAsked(requestFor(action, apiKey, renewalDays))}
                >
                  {texts[action]}
                </button>
              ))
          ) : (
            <RowQuestion
              asked={asked}
              apiKey={apiKey}
              texts={texts}
              isBusy={isBusy}
              onAct={act}
              onCancel={() => setAsked(undefined)}
            />
          )}
        </td>
      )}
    </tr>
  );
}

function statusText(status: ApiKeyStatus, texts: ApiKeysTexts): string {
  switch (status) {
    case ApiKeyStatus.DISABLED:
      return texts.disabled;
    case ApiKeyStatus.EXPIRED:
      return texts.expired;
    case ApiKeyStatus.REVOKED:
      return texts.revoked;
    default:
      return texts.active;
  }
}
