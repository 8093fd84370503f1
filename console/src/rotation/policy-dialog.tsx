import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { inForceText } from "../keys/in-force.ts";
import { texts } from "../texts.ts";
import { RotationFields } from "./rotation-fields.tsx";
import { rotationPolicyOf, rotationTextOf } from "./rotation-text.ts";

interface PolicyDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { change: words } = texts.rotation;

/** Says when a key is rotated by Altalune, or that it is not, as the key was when it was looked at. */
export function PolicyDialog({ apiKey, onDone, onClose }: PolicyDialogProps) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const { isBusy, failure, send, refuse } = useSending();
  // What others do to it meanwhile is not taken for what is in the fields.
  const [{ projectId, id: apiKeyId, etag, rotationPolicy }] = useState(apiKey);
  const [text, setText] = useState(() => ({ ...rotationTextOf(rotationPolicy), isOn: true }));

  const submit = () => {
    const policy = rotationPolicyOf(text);
    if (policy === undefined) {
      refuse();
      return;
    }
    void send(async () => {
      const updateMask = { paths: ["rotation_policy"] };
      const { propagation } = await apiKeys.updateApiKey({ projectId, apiKeyId, etag, ...policy, updateMask });
      onDone(`${text.isOn ? words.done : words.taken} ${inForceText(propagation)}`);
      await queries.invalidateQueries();
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    >
      <RotationFields
        value={text}
        onChange={(changes) => setText((before) => ({ ...before, ...changes }))}
        faults={failure?.fields ?? {}}
      />
    </DialogForm>
  );
}
