import { type ApiKey, ApiKeyService, type RevocationReason } from "@altalune/sdk/messages";
import { Button, Group, NativeSelect, Stack, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { FormFailure } from "../form/form-failure.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { texts } from "../texts.ts";
import { inForceText } from "./in-force.ts";
import { reasonChoices } from "./reasons.ts";

interface RevokeDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { revoke: words } = texts.keys;

/** Ends a key for good, and tells from when that holds everywhere. */
export function RevokeDialog({ apiKey, onDone, onClose }: RevokeDialogProps) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  const [reason, setReason] = useState("");
  const [comment, setComment] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const { projectId, id: apiKeyId } = apiKey;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (reason === "") {
      return;
    }
    void send(async () => {
      const request = { projectId, apiKeyId, reason: Number(reason) as RevocationReason, comment };
      const { propagation } = await apiKeys.revokeApiKey(request);
      await queries.invalidateQueries();
      onDone(`${words.done} ${inForceText(propagation)}`);
    });
  };
  return (
    <Dialog title={words.title} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <p>{words.text}</p>
          <FormFailure failure={failure} />
          <NativeSelect
            data-autofocus
            label={words.reason}
            data={[{ value: "", label: words.choose }, ...reasonChoices]}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={wasSent && reason === "" && words.reasonMissing}
          />
          <Textarea
            label={`${words.comment} (${texts.form.optional})`}
            description={words.commentHint}
            maxLength={500}
            rows={3}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
            error={failure?.fields["comment"]}
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
