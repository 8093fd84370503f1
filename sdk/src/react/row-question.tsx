import { type FormEvent, useState } from "react";
import type { ApiKey } from "../messages.js";
import { dayText } from "./lifetime.js";
import type { RowRequest } from "./row-request.js";
import type { ApiKeysTexts } from "./texts.js";
import { endsAtOnce, isInGrace } from "./waiting-value.js";

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
      {questionOf(asked, apiKey, texts)}{" "}
      <button type="button" disabled={isBusy} onClick={() => onAct(asked)}>
        {texts.confirm}
      </button>
      {cancel}
    </span>
  );
}

function questionOf(asked: Exclude<RowRequest, { action: "rename" }>, apiKey: ApiKey, texts: ApiKeysTexts): string {
  switch (asked.action) {
    case "claim":
      return endsAtOnce(apiKey) ? texts.claimEndsQuestion : texts.claimQuestion;
    case "rotate":
      return rotateQuestion(asked.expiration, apiKey, texts);
    case "revoke":
      return texts.revokeQuestion;
  }
}

function rotateQuestion(end: ApiKey["expiration"], apiKey: ApiKey, texts: ApiKeysTexts): string {
  if (end !== undefined) {
    return `${texts.renewQuestion} ${texts.expires}: ${dayText(end)}.`;
  }
  return isInGrace(apiKey) ? `${texts.rotateQuestion} ${texts.endsGrace}` : texts.rotateQuestion;
}
