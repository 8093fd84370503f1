import { type ApiKey, ApiKeyService } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import { texts } from "../texts.ts";
import { RotateForm } from "./rotate-form.tsx";

interface RotateDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

/** Gives a key another value, as it was when it was looked at. */
export function RotateDialog({ apiKey, onDone, onClose }: RotateDialogProps) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const { projectId, id: apiKeyId, etag } = apiKey;
  const finish = (sentence: string) => {
    onDone(sentence);
    void queries.invalidateQueries();
  };
  return (
    <RotateForm
      apiKey={apiKey}
      text={texts.keys.rotate.text}
      rotate={({ gracePeriod, requestId }) =>
        apiKeys.rotateApiKey({ projectId, apiKeyId, gracePeriod, etag, requestId })
      }
      onDone={finish}
      onClose={onClose}
    />
  );
}
