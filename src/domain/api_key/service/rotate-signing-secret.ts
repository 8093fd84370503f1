import type { Caller } from "../../caller.js";
import type { Project } from "../../project/model.js";
import { endOfGrace } from "../model.js";
import { newSigningSecret } from "../signing-secret.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { lockUnrevokedKey } from "./lock-key.js";

export interface RotatedSigningSecret extends ChangedApiKey {
  readonly signingSecret: string;
  /** When the secret before ends; undefined: there was none. */
  readonly previousExpiresAt: Date | undefined;
}

/**
 * Gives a key a new signing secret, or its first.
 *
 * @param graceMs milliseconds that the secret before goes on working, unless the key ends earlier
 */
export async function rotateSigningSecret(
  { store, audit, masterKey, propagation }: ApiKeyServiceDependencies,
  caller: Caller,
  project: Project,
  publicId: string,
  graceMs: number,
): Promise<RotatedSigningSecret> {
  const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
  const { secret: signingSecret, ciphertext } = newSigningSecret(masterKey, owner);
  let previousExpiresAt: Date | undefined;
  const changed = await changeKey(propagation, async (tx) => {
    const before = await lockUnrevokedKey(store, tx, project, publicId);
    const graceEnd = endOfGrace(before, graceMs);
    previousExpiresAt = before.signingSecret && graceEnd;
    const after = await store.rotateSigningSecret(tx, before, ciphertext, graceEnd);
    await audit.record(tx, caller, project, "signing_secret.rotated", publicId, { grace_seconds: graceMs / 1000 });
    return after;
  });
  return { ...changed, signingSecret, previousExpiresAt };
}
