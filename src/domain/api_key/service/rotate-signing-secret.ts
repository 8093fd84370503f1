import type { Author } from "../../caller.js";
import type { Project } from "../../project/model.js";
import type { NamedRequest } from "../../request_id/model.js";
import { endOfGrace } from "../model.js";
import { newSigningSecret } from "../signing-secret.js";
import { type ChangedApiKey, changeKey } from "./change.js";
import type { ApiKeyServiceDependencies } from "./dependencies.js";
import { existing, lockUnrevokedKey } from "./lock-key.js";

export interface RotatedSigningSecret extends ChangedApiKey {
  /** Empty where the request was sent again: the first answer had it. */
  readonly signingSecret: string;
  /** When the secret before ends; undefined: there was none. */
  readonly previousExpiresAt: Date | undefined;
}

/**
 * Gives a key a new signing secret, or its first.
 *
 * @param graceMs milliseconds that the secret before goes on working, unless the key ends earlier
 * @param named undefined: the client has not named its request
 */
export async function rotateSigningSecret(
  { store, requestIds, masterKey, ...services }: ApiKeyServiceDependencies,
  caller: Author,
  project: Project,
  publicId: string,
  graceMs: number,
  named: NamedRequest | undefined,
): Promise<RotatedSigningSecret> {
  const owner = { projectPublicId: project.publicId, apiKeyPublicId: publicId };
  const { secret, ciphertext } = newSigningSecret(masterKey, owner);
  let signingSecret = secret;
  const claim = requestIds.claimOf(caller, project.id, named, publicId);
  const changed = await changeKey(services, async (tx) => {
    if ((await requestIds.claim(tx, claim)) !== undefined) {
      signingSecret = "";
      return { apiKey: existing(await store.find(tx, project.id, publicId)) };
    }
    const before = await lockUnrevokedKey(store, tx, project, publicId, "");
    const apiKey = await store.rotateSigningSecret(tx, before, ciphertext, endOfGrace(before, graceMs));
    const detail = { grace_seconds: graceMs / 1000 };
    return { apiKey, event: { caller, project, action: "signing_secret.rotated", resourceId: publicId, detail } };
  });
  return { ...changed, signingSecret, previousExpiresAt: changed.apiKey.previousSigningSecretExpiresAt };
}
