import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import { ConfirmDialog } from "../form/confirm-dialog.tsx";
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
  const words = apiKey.active ? texts.keys.switchOff : texts.keys.switchOn;

  const turn = async () => {
    const named = { projectId: apiKey.projectId, apiKeyId: apiKey.id };
    const { propagation } = await (apiKey.active ? apiKeys.deactivateApiKey(named) : apiKeys.activateApiKey(named));
    onDone(`${words.done} ${inForceText(propagation)}`);
    await queries.invalidateQueries();
  };
  return <ConfirmDialog title={words.title} text={words.text} submit={words.action} work={turn} onClose={onClose} />;
}
