import type { Random } from "../../support/random.js";
import type { CallRpc } from "./connect-json.js";
import type { Change, Ledger, LedgerKey } from "./ledger.js";
import { known } from "./outcome.js";

/** Changes a key that is live. @returns whether the caller goes on */
export async function change(
  call: CallRpc,
  deed: Change,
  key: LedgerKey,
  ledger: Ledger,
  random: Random,
): Promise<boolean> {
  const { projectId, id: apiKeyId } = key;
  key.unanswered = deed;
  const outcome = await {
    rotate: () => call("ApiKeyService/RotateApiKey", { projectId, apiKeyId }),
    revoke: () =>
      call("ApiKeyService/RevokeApiKey", {
        projectId,
        apiKeyId,
        reason: "REVOCATION_REASON_SUPERSEDED",
        comment: random.pick(["", "a test of crashes"]),
      }),
    delete: () => call("ApiKeyService/DeleteApiKey", { projectId, apiKeyId }),
  }[deed]();
  const came = known(outcome);
  if (came === undefined) {
    return false;
  }
  if (came.kind === "refused") {
    ledger.oddities.push(`key ${apiKeyId}: ${deed} was answered with ${JSON.stringify(came)}`);
    return false;
  }
  key.unanswered = undefined;
  ledger.acknowledged[deed] += 1;
  if (deed === "rotate") {
    key.ended = key.value;
    key.value = String(came.answer["keyValue"]);
  } else {
    key.state = deed === "revoke" ? "revoked" : "deleted";
  }
  return true;
}
