import { type ApiKey, ApiKeyService, type RevocationReason } from "@altalune/sdk/messages";
import { NativeSelect, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
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

  const submit = () => {
    setWasSent(true);
    if (reason === "") {
      return;
    }
    void send(async () => {
      const request = { projectId, apiKeyId, reason: Number(reason) as RevocationReason, comment };
      const { propagation } = await apiKeys.revokeApiKey(request);
      onDone(`${words.done} ${inForceText(propagation)}`);
      await queries.invalidateQueries();
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
    </DialogForm>
  );
}
