import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { useLeave } from "../parts/outcome.tsx";
import { texts } from "../texts.ts";
import { inForceText } from "./in-force.ts";

interface DeleteKeyDialogProps {
  readonly apiKey: ApiKey;
  readonly onClose: () => void;
}

const { delete: words } = texts.keys;

/** Deletes a key as it was when it was looked at, and leads to those that are left. */
export function DeleteKeyDialog({ apiKey, onClose }: DeleteKeyDialogProps) {
  const apiKeys = useClient(ApiKeyService);
  const leave = useLeave();
  const { isBusy, failure, send } = useSending();
  const { projectId, id: apiKeyId, etag, name } = apiKey;

  const submit = () => {
    void send(async () => {
      const { propagation } = await apiKeys.deleteApiKey({ projectId, apiKeyId, etag });
      await leave(`/projects/${projectId}`, `${words.done(name)} ${inForceText(propagation)}`, { replace: true });
    });
  };
  return (
    <DialogForm
      title={words.title(name)}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      isFinal
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
