import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { texts } from "../texts.ts";
import { inForceText } from "./in-force.ts";

interface SwitchDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

/** Switches a key off, or on again, and tells from when that holds everywhere. */
export function SwitchDialog({ apiKey, onDone, onClose }: SwitchDialogProps) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const { isBusy, failure, send } = useSending();
  const words = apiKey.active ? texts.keys.switchOff : texts.keys.switchOn;

  const submit = () => {
    void send(async () => {
      const named = { projectId: apiKey.projectId, apiKeyId: apiKey.id };
      const { propagation } = await (apiKey.active ? apiKeys.deactivateApiKey(named) : apiKeys.activateApiKey(named));
      onDone(`${words.done} ${inForceText(propagation)}`);
      await queries.invalidateQueries();
    });
  };
  return (
    <DialogForm
      title={words.title}
      submit={words.action}
      isBusy={isBusy}
      failure={failure}
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
