import { type ApiKey, MyApiKeyService, RevocationReason } from "@altalune/sdk/messages";
import { NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { inForceText } from "../keys/in-force.ts";
import { reasonText } from "../keys/reasons.ts";
import { texts } from "../texts.ts";

interface RevokeOwnDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { revoke: words } = texts.keys;

/** Those that an owner has; the others are of whoever runs the project. */
const reasons = [RevocationReason.NO_LONGER_NEEDED, RevocationReason.KEY_COMPROMISED, RevocationReason.SUPERSEDED].map(
  (reason) => ({ value: `${reason}`, label: reasonText(reason) }),
);

/** Ends one of the owner's keys for good. */
export function RevokeOwnDialog({ apiKey, onDone, onClose }: RevokeOwnDialogProps) {
  const myApiKeys = useClient(MyApiKeyService);
  const { isBusy, failure, send } = useSending();
  const [reason, setReason] = useState(`${RevocationReason.NO_LONGER_NEEDED}`);

  const submit = () => {
    void send(async () => {
      const request = { apiKeyId: apiKey.id, reason: Number(reason) as RevocationReason };
      const { propagation } = await myApiKeys.revokeMyApiKey(request);
      onDone(`${words.done} ${inForceText(propagation)}`);
    });
  };
  return (
    <DialogForm
      title={texts.portal.actionOn(words.action, apiKey.name)}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal
      intro={<p>{texts.portal.revoke.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        data-autofocus
        label={words.reason}
        data={reasons}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
    </DialogForm>
  );
}
