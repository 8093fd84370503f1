import {
  type ApiKey,
  ApiKeyService,
  ApiKeyStatus,
  ExposurePolicy,
  ExposureService,
  type ReportExposedKeyResponse,
} from "@altalune/sdk/messages";
import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { digestOf } from "../keys/digest.ts";
import { inForceText } from "../keys/in-force.ts";
import { ValueField } from "../keys/value-field.tsx";
import { texts } from "../texts.ts";

interface ReportDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { report: words } = texts.exposure;

/**
 * Reports a value of a key that was found where others can read it. The value stays in its field, which is gone with the dialog; another
 * key's is not sent, since what was pasted by mistake would end it.
 */
export function ReportDialog({ apiKey, onDone, onClose }: ReportDialogProps) {
  const exposures = useClient(ExposureService);
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const { isBusy, failure, send, refuse } = useSending();
  const [value, setValue] = useState("");
  const [source, setSource] = useState("");
  const [url, setUrl] = useState("");
  const [valueFault, setValueFault] = useState("");

  const submit = () => {
    const key = value.trim();
    if (key === "") {
      setValueFault(words.valueMissing);
      refuse();
      return;
    }
    setValueFault("");
    void send(async () => {
      const { data } = await apiKeys.findApiKeys({ digest: await digestOf(key) });
      if (data.some(({ id }) => id === apiKey.id)) {
        const answer = await exposures.reportExposedKey({ key, source, url });
        const { apiKey: after } = await apiKeys.getApiKey({ projectId: apiKey.projectId, apiKeyId: apiKey.id });
        onDone(`${outcomeOf(answer, after)} ${inForceText(answer.propagation)}`);
        await queries.invalidateQueries();
      } else {
        setValueFault(words.otherValue);
        refuse();
      }
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    >
      <ValueField
        data-autofocus
        label={words.value}
        description={words.valueHint}
        value={value}
        onChange={setValue}
        error={valueFault || failure?.fields["key"]}
      />
      <TextInput
        label={`${words.source} (${texts.form.optional})`}
        description={words.sourceHint}
        value={source}
        onChange={(event) => setSource(event.currentTarget.value)}
        error={failure?.fields["source"]}
      />
      <TextInput
        label={`${words.url} (${texts.form.optional})`}
        description={words.urlHint}
        autoCapitalize="none"
        spellCheck={false}
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
        error={failure?.fields["url"]}
      />
    </DialogForm>
  );
}

/** What has become of the key: nothing, where it was reported before, and what somebody has done since holds. */
function outcomeOf({ policy }: ReportExposedKeyResponse, apiKey: ApiKey | undefined): string {
  switch (apiKey?.status) {
    case ApiKeyStatus.REVOKED:
      return words.revoked;
    case ApiKeyStatus.EXPIRED:
      return words.expired;
    case ApiKeyStatus.DISABLED:
      return words.deactivated;
    default:
      return policy === ExposurePolicy.DEACTIVATE ? words.staysOn : words.noted;
  }
}
