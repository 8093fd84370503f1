import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type FormEvent, useState } from "react";
import type { ApiKey } from "../messages.js";
import { dayText } from "./lifetime.js";
import type { RowRequest } from "./row-request.js";
import type { ApiKeysTexts } from "./texts.js";

interface RowQuestionProps {
  readonly asked: RowRequest;
  readonly apiKey: ApiKey;
  readonly texts: ApiKeysTexts;
  readonly isBusy: boolean;
  readonly onAct: (request: RowRequest) => void;
  readonly onCancel: () => void;
}

/** What is asked before something is done with a key: another name, or whether it is really wanted. */
export function RowQuestion({ asked, apiKey, texts, isBusy, onAct, onCancel }: RowQuestionProps) {
  const [name, setName] = useState(apiKey.name);
  const cancel = (
    <button type="button" onClick={onCancel}>
      {texts.cancel}
    </button>
  );
  if (asked.action === "rename") {
    const submit = (event: FormEvent) => {
      event.preventDefault();
      onAct({ ...asked, name });
    };
    return (
      <form className="altalune-rename" onSubmit={submit}>
        <label>
          {texts.otherName}
          <input value={name} required maxLength={50} onChange={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={isBusy}>
          {texts.save}
        </button>
        {cancel}
      </form>
    );
  }
  return (
    <span role="status">
      {asked.action === "revoke" ? texts.revokeQuestion : rotateQuestion(asked.expiration, apiKey, texts)}{" "}
      <button type="button" disabled={isBusy} onClick={() => onAct(asked)}>
        {texts.confirm}
      </button>
      {cancel}
    </span>
  );
}

function rotateQuestion(end: ApiKey["expiration"], { previousKeyExpiresAt }: ApiKey, texts: ApiKeysTexts): string {
  if (end !== undefined) {
    return `${texts.renewQuestion} ${texts.expires}: ${dayText(end)}.`;
  }
  const isInGrace = previousKeyExpiresAt !== undefined && timestampDate(previousKeyExpiresAt).getTime() > Date.now();
  return isInGrace ? `${texts.rotateQuestion} ${texts.endsGrace}` : texts.rotateQuestion;
}
