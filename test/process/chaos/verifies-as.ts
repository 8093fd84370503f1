import type { CallRpc } from "./connect-json.js";
import type { LedgerKey } from "./ledger.js";
import { known } from "./outcome.js";

/** Verifies the value of a live key under load. @returns whether the caller goes on */
export async function verifiesAs(call: CallRpc, key: LedgerKey, note: (sentence: string) => void): Promise<boolean> {
  const came = known(await call("VerificationService/VerifyApiKey", { key: key.value }));
  if (came === undefined) {
    return false;
  }
  const isItsOwn =
    came.kind === "answered" &&
    came.answer["code"] === "VERIFICATION_CODE_VALID" &&
    strangerIn(came.answer, key) === undefined;
  if (!isItsOwn) {
    note(`the value of key ${key.id} does not verify as it: ${JSON.stringify(came)}`);
  }
  return true;
}

/** What in a verdict is of another key than the one that the value was given out for; undefined: nothing. */
export function strangerIn(verdict: Readonly<Record<string, unknown>>, key: LedgerKey): string | undefined {
  // Of a value that nobody knows, a verdict tells no more.
  if ((verdict["apiKeyId"] ?? "") === "") {
    return undefined;
  }
  const { projectId, id, name, ownerId, tier } = key;
  const expected = { projectId, apiKeyId: id, name, ownerId, tier };
  return Object.entries(expected).find(([field, value]) => (verdict[field] ?? "") !== value)?.[0];
}
