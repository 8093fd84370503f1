import { type ApiKey, MyApiKeyService, RevocationReason } from "@altalune/sdk/messages";
import { Button, Group, NativeSelect, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { inForceText } from "../keys/in-force.ts";
import { reasonText } from "../keys/reasons.ts";
import { Dialog } from "../parts/dialog.tsx";
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

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(async () => {
      const request = { apiKeyId: apiKey.id, reason: Number(reason) as RevocationReason };
      const { propagation } = await myApiKeys.revokeMyApiKey(request);
      onDone(`${words.done} ${inForceText(propagation)}`);
    });
  };
  return (
    <Dialog title={texts.portal.actionOn(words.action, apiKey.name)} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <p>{texts.portal.revoke.text}</p>
          <FormFailure failure={failure} />
          <NativeSelect
            data-autofocus
            label={words.reason}
            data={reasons}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Group gap="xs">
            <Button type="submit" color="red" loading={isBusy}>
              {words.submit}
            </Button>
            <Button variant="default" onClick={onClose}>
              {texts.cancel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
