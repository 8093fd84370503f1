import { type ApiKey, ApiKeyService, ApiKeyStatus } from "@altalune/sdk/messages";
import { useQueryClient } from "@tanstack/react-query";
import { useClient } from "../api/api.tsx";
import { texts } from "../texts.ts";
import { RotateForm } from "./rotate-form.tsx";

interface RotateDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { rotate: words } = texts.keys;

/** Gives a key another value, as it was when it was looked at; one that has expired gets another end with it. */
export function RotateDialog({ apiKey, onDone, onClose }: RotateDialogProps) {
  const apiKeys = useClient(ApiKeyService);
  const queries = useQueryClient();
  const { projectId, id: apiKeyId, etag } = apiKey;
  const hasExpired = apiKey.status === ApiKeyStatus.EXPIRED;
  const finish = (sentence: string) => {
    onDone(sentence);
    void queries.invalidateQueries();
  };
  return (
    <RotateForm
      apiKey={apiKey}
      text={hasExpired ? words.expired : words.text}
      asksForEnd={hasExpired}
      rotate={({ madeAt: _, ...rotation }) => apiKeys.rotateApiKey({ projectId, apiKeyId, etag, ...rotation })}
      onDone={finish}
      onClose={onClose}
    />
  );
}
