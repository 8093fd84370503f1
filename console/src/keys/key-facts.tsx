import { type ApiKey, ApiKeyStatus } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { Moment } from "../listing/moment.tsx";
import { OwnerLink } from "../owners/owner-link.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { texts } from "../texts.ts";
import { reasonText } from "./reasons.ts";
import { Scopes } from "./scopes.tsx";
import { Status } from "./status.tsx";

const { key: words, columns } = texts.keys;

/** What a key is. */
export function KeyFacts({ apiKey }: { readonly apiKey: ApiKey }) {
  return (
    <Facts title={words.facts}>
      <Fact name={columns.status}>
        <Status status={apiKey.status} />
      </Fact>
      {apiKey.status === ApiKeyStatus.REVOKED && (
        <>
          <Fact name={words.revoked}>
            <Moment at={apiKey.revokedAt} />
          </Fact>
          <Fact name={words.reason}>{reasonText(apiKey.revocationReason)}</Fact>
        </>
      )}
      <Fact name={columns.prefix}>
        <Code>{apiKey.keyPrefix}…</Code>
      </Fact>
      <Fact name={words.id}>
        <Code>{apiKey.id}</Code>
      </Fact>
      <Fact name={columns.owner}>
        <OwnerLink apiKey={apiKey} />
      </Fact>
      <Fact name={words.scopes}>
        <Scopes scopes={apiKey.scopes} />
      </Fact>
      <Fact name={columns.expires}>
        <Moment at={apiKey.expiration} />
      </Fact>
      <Fact name={columns.lastUsed}>
        <Moment at={apiKey.lastUsedAt} />
      </Fact>
      <Fact name={words.created}>
        <Moment at={apiKey.createdAt} />
      </Fact>
      {apiKey.lastRotatedAt !== undefined && (
        <Fact name={words.rotated}>
          <Moment at={apiKey.lastRotatedAt} />
        </Fact>
      )}
      {apiKey.previousKeyExpiresAt !== undefined && (
        <Fact name={words.previousUntil}>
          <Moment at={apiKey.previousKeyExpiresAt} />
        </Fact>
      )}
      {apiKey.hasSigningSecret && <Fact name={words.signing}>{words.hasSigning}</Fact>}
      {apiKey.metadata !== undefined && (
        <Fact name={words.metadata}>
          <JsonText value={apiKey.metadata} />
        </Fact>
      )}
    </Facts>
  );
}
