import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { useState } from "react";
import { type ApiKey, ApiKeyStatus } from "../messages.js";
import { endAfter } from "./lifetime.js";
import type { ApiKeysTexts } from "./texts.js";

/** What may be done with a key that there is. */
export type RowAction = "rotate" | "revoke";

/** What is asked for of a key. */
export interface RowRequest {
  readonly action: RowAction;
  /** The same until it is done: sent again because no answer came, it is one rotation. */
  readonly requestId: string;
  /** With the rotation of a key that has expired: its end from then on. */
  readonly expiration?: Timestamp;
}

interface KeyRowProps {
  readonly apiKey: ApiKey;
  readonly texts: ApiKeysTexts;
  readonly isBusy: boolean;
  readonly actions: readonly RowAction[];
  /** For how many days a key is good that had expired. Undefined: none is given another end, nor a value without one. */
  readonly renewalDays: number | undefined;
  /** @returns whether it was done */
  readonly onAct: (apiKey: ApiKey, request: RowRequest) => Promise<boolean>;
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** A key. What is to be done with it is asked for twice. */
export function KeyRow({ apiKey, texts, isBusy, actions, renewalDays, onAct }: KeyRowProps) {
  const [asked, setAsked] = useState<RowRequest>();
  const { name, keyPrefix, status, expiration } = apiKey;
  const hasExpired = status === ApiKeyStatus.EXPIRED;
  const offered = actions.filter((action) => action !== "rotate" || !hasExpired || renewalDays !== undefined);
  const ask = (action: RowAction) =>
    setAsked({
      action,
      requestId: crypto.randomUUID(),
      ...(action === "rotate" && hasExpired && renewalDays !== undefined ? { expiration: endAfter(renewalDays) } : {}),
    });
  const act = async (request: RowRequest) => {
    if (await onAct(apiKey, request)) {
      setAsked((now) => (now === request ? undefined : now));
    }
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
            offered.map((action) => (
              <button
                key={action}
                type="button"
                disabled={isBusy}
                aria-label={`${texts[action]} ${name}`}
                onClick={() => ask(action)}
              >
                {texts[action]}
              </button>
            ))
          ) : (
            <span role="status">
              {questionOf(asked, apiKey, texts)}{" "}
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

function questionOf({ action, expiration }: RowRequest, { previousKeyExpiresAt }: ApiKey, texts: ApiKeysTexts): string {
  if (action === "revoke") {
    return texts.revokeQuestion;
  }
  if (expiration !== undefined) {
    return `${texts.renewQuestion} ${texts.expires}: ${day.format(timestampDate(expiration))}.`;
  }
  const isInGrace = previousKeyExpiresAt !== undefined && timestampDate(previousKeyExpiresAt).getTime() > Date.now();
  return isInGrace ? `${texts.rotateQuestion} ${texts.endsGrace}` : texts.rotateQuestion;
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
