import type { CallRpc, Outcome } from "./connect-json.js";
import type { Change, Ledger, LedgerKey } from "./ledger.js";
import type { Random } from "./random.js";

const dayMs = 86_400_000;

/** Codes that a dying service may answer with: whether the call took effect is not known. */
const dyingCodes = ["unavailable", "canceled", "aborted", "deadline_exceeded"];

/** Creates keys, and rotates, revokes and deletes some of its own, until a call finds nobody. */
export async function callUntilLost(call: CallRpc, ledger: Ledger, random: Random): Promise<void> {
  const own: LedgerKey[] = [];
  for (;;) {
    const live = own.filter((key) => key.state === "live" && key.unanswered === undefined);
    const deed = random.weighted({ create: 5, rotate: 2, revoke: 1, delete: 1 });
    const key = random.pick(live);
    const goesOn =
      deed === "create" || key === undefined
        ? await create(call, ledger, own, random)
        : await change(call, deed, key, ledger, random);
    if (!goesOn) {
      return;
    }
  }
}

async function create(call: CallRpc, ledger: Ledger, own: LedgerKey[], random: Random): Promise<boolean> {
  const projectId = random.pick(ledger.projectIds) ?? "";
  const outcome = await call("ApiKeyService/CreateApiKey", {
    projectId,
    name: `key ${crypto.randomUUID()}`,
    expiration: new Date(Date.now() + dayMs).toISOString(),
    ownerId: random.pick(["", "alice", "bob"]),
    withSigningSecret: random.between(0, 1) === 1,
  });
  return acknowledged(outcome, ledger, (answer) => {
    const { id } = answer["apiKey"] as { id: string };
    const key: LedgerKey = { projectId, id, value: String(answer["keyValue"]), state: "live" };
    own.push(key);
    ledger.keys.push(key);
    ledger.acknowledged.create += 1;
  });
}

async function change(call: CallRpc, deed: Change, key: LedgerKey, ledger: Ledger, random: Random): Promise<boolean> {
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
  return acknowledged(outcome, ledger, (answer) => {
    key.unanswered = undefined;
    ledger.acknowledged[deed] += 1;
    if (deed === "rotate") {
      key.ended = key.value;
      key.value = String(answer["keyValue"]);
    } else {
      key.state = deed === "revoke" ? "revoked" : "deleted";
    }
  });
}

/** @returns whether the caller goes on */
function acknowledged(
  outcome: Outcome,
  ledger: Ledger,
  note: (answer: Readonly<Record<string, unknown>>) => void,
): boolean {
  if (outcome.kind === "answered") {
    note(outcome.answer);
    return true;
  }
  if (outcome.kind === "refused" && !dyingCodes.includes(outcome.code)) {
    ledger.oddities.push(`a call was answered with ${outcome.code}: ${outcome.message}`);
  }
  return false;
}
