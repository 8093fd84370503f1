import { VerificationCode, type VerifyApiKeyResponse } from "@altalune/sdk/messages";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@mantine/core";
import { Link } from "react-router";
import { LimitState } from "../keys/limit-state.tsx";
import { Scopes } from "../keys/scopes.tsx";
import { Moment } from "../listing/moment.tsx";
import { Fact, Facts } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { Notice } from "../parts/notice.tsx";
import { inWords } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

interface VerdictProps {
  readonly verdict: VerifyApiKeyResponse;
}

const words = texts.explorer;
const { key: ofKey, columns } = texts.keys;

/** A verdict, with all that it carries. */
export function Verdict({ verdict }: VerdictProps) {
  const name = VerificationCode[verdict.code] ?? "";
  return (
    <div>
      <Notice tone={verdict.valid ? "good" : "bad"}>{words.codes[name] ?? words.otherCode}</Notice>
      <Facts title={words.verdict.title} {...(verdict.rateLimits.length > 0 && { note: words.verdict.atLeast })}>
        <Fact name={words.verdict.code}>
          <Code>{name === "" ? verdict.code : `VERIFICATION_CODE_${name}`}</Code>
        </Fact>
        {verdict.missingScopes.length > 0 && (
          <Fact name={words.verdict.missing}>
            <Scopes scopes={verdict.missingScopes} />
          </Fact>
        )}
        {verdict.code === VerificationCode.RATE_LIMITED && (
          <Fact name={words.verdict.retryAfter}>
            {verdict.retryAfter === undefined
              ? words.verdict.noRoom
              : inWords(Math.ceil(durationMs(verdict.retryAfter) / 1000))}
          </Fact>
        )}
        {verdict.rateLimits.map((state) => (
          <LimitState key={state.window} state={state} />
        ))}
        {verdict.apiKeyId !== "" && <OfKey verdict={verdict} />}
      </Facts>
    </div>
  );
}

/** What every verdict but of a key that is not found says. */
function OfKey({ verdict }: VerdictProps) {
  const { projectId, apiKeyId, name, ownerId, scopes, tier, metadata, expiration } = verdict;
  return (
    <>
      <Fact name={columns.name}>
        <Link to={`/projects/${projectId}/keys/${apiKeyId}`}>{name}</Link>
      </Fact>
      <Fact name={ofKey.id}>
        <Code>{apiKeyId}</Code>
      </Fact>
      <Fact name={columns.owner}>{ownerId || texts.keys.nobody}</Fact>
      <Fact name={ofKey.scopes}>
        <Scopes scopes={scopes} />
      </Fact>
      <Fact name={ofKey.tier}>{tier || ofKey.noTier}</Fact>
      <Fact name={columns.expires}>
        <Moment at={expiration} />
      </Fact>
      {metadata !== undefined && (
        <Fact name={ofKey.metadata}>
          <JsonText value={metadata} />
        </Fact>
      )}
    </>
  );
}
