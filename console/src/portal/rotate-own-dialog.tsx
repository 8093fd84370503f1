import { type ApiKey, ApiKeyStatus, type ExchangePortalCodeResponse, MyApiKeyService } from "@altalune/sdk/messages";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useClient } from "../api/api.tsx";
import { lifetimeMs } from "../form/lifetime.ts";
import { RotateForm } from "../keys/rotate-form.tsx";
import { texts } from "../texts.ts";

interface RotateOwnDialogProps {
  readonly session: ExchangePortalCodeResponse;
  readonly apiKey: ApiKey;
  readonly onDone: (sentence: string) => void;
  readonly onClose: () => void;
}

const { rotate: words } = texts.portal;

/** Gives one of the owner's keys another value; one that has expired gets another end with it. */
export default function RotateOwnDialog({ session, apiKey, onDone, onClose }: RotateOwnDialogProps) {
  const myApiKeys = useClient(MyApiKeyService);
  const hasExpired = apiKey.status === ApiKeyStatus.EXPIRED;
  return (
    <RotateForm
      apiKey={apiKey}
      text={hasExpired ? words.expired : words.text}
      rotate={({ gracePeriod, requestId, madeAt }) =>
        myApiKeys.rotateMyApiKey({
          apiKeyId: apiKey.id,
          gracePeriod,
          requestId,
          ...(hasExpired ? { expiration: timestampFromMs(madeAt + lifetimeMs(session.defaultLifetime)) } : {}),
        })
      }
      onDone={onDone}
      onClose={onClose}
    />
  );
}
