import { timestampDate } from "@bufbuild/protobuf/wkt";
import { useState } from "react";
import { type ApiKey, ApiKeyStatus } from "../messages.js";
import type { ApiKeysTexts } from "./texts.js";

/** What may be done with a key that there is. */
export type RowAction = "rotate" | "revoke";

interface KeyRowProps {
  readonly apiKey: ApiKey;
  readonly texts: ApiKeysTexts;
  readonly isBusy: boolean;
  readonly actions: readonly RowAction[];
  readonly onAct: (action: RowAction, apiKey: ApiKey) => Promise<unknown>;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** A key. What is to be done with it is asked for twice. */
export function KeyRow({ apiKey, texts, isBusy, actions, onAct }: KeyRowProps) {
  const [asked, setAsked] = useState<RowAction>();
  const { name, keyPrefix, status, expiration } = apiKey;
  const act = async (action: RowAction) => {
    await onAct(action, apiKey);
    setAsked(undefined);
  };
  return (
    <tr data-status={ApiKeyStatus[status]?.toLowerCase()}>
      <th scope="row">{name}</th>
      <td>
        <code>{keyPrefix}…</code>
      </td>
      <td>{statusText(status, texts)}</td>
      <td>{expiration === undefined ? texts.never : day.format(timestampDate(expiration))}</td>
      {actions.length > 0 && (
        <td>
          {asked === undefined ? (
            status !== ApiKeyStatus.REVOKED &&
            actions.map((action) => (
              <button
                key={action}
                type="button"
                disabled={isBusy}
                aria-label={`${texts[action]} ${name}`}
                onClick={() => setAsked(action)}
              >
                {texts[action]}
              </button>
            ))
          ) : (
            <span role="status">
              {asked === "rotate" ? texts.rotateQuestion : texts.revokeQuestion}{" "}
              <button type="button" disabled={isBusy} onClick={() => act(asked)}>
                {texts.confirm}
              </button>
              <button type="button" onClick={() => setAsked(undefined)}>
                {texts.cancel}
              </button>
            </span>
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
