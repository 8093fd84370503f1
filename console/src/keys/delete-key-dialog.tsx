import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
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
  const { projectId, id: apiKeyId, etag, name } = apiKey;

  const remove = async () => {
    const { propagation } = await apiKeys.deleteApiKey({ projectId, apiKeyId, etag });
    await leave(`/projects/${projectId}`, `${words.done(name)} ${inForceText(propagation)}`, { replace: true });
  };
  return (
    <ConfirmDialog
      title={words.title(name)}
      text={words.text}
      submit={words.submit}
      isFinal
      work={remove}
      onClose={onClose}
    />
  );
}
