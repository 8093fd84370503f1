import { type ApiKey, MyApiKeyService } from "@altalune/sdk/messages";
import { useClient } from "../api/api.tsx";
import { ClaimDialog } from "../rotation/claim-dialog.tsx";
import { texts } from "../texts.ts";

interface ClaimOwnDialogProps {
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

/** Claims the value that one of the owner's keys was given by its rotation policy. */
export default function ClaimOwnDialog({ apiKey, onDone, onClose }: ClaimOwnDialogProps) {
  const myApiKeys = useClient(MyApiKeyService);
  return (
    <ClaimDialog
      apiKey={apiKey}
      text={texts.portal.claim.text}
      claim={() => myApiKeys.claimMyRotatedKey({ apiKeyId: apiKey.id })}
      onDone={onDone}
      onClose={onClose}
    />
  );
}
