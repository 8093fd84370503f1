import { hkdfSync, randomBytes } from "node:crypto";
import type { MasterKey } from "../../platform/master-key.js";
import { MasterKeyMismatchError } from "./mismatch-error.js";

/** Where the trail's key is kept, which is part of its encryption. */
export const trailKeyPlace = "trail_key";

const keyLength = 32;

/** The secrets that all instances of one database share. The first start makes them. */
export interface SharedSecrets {
  /** 32 bytes: audit events are chained under it. In the database under the master key. */
  readonly trailKey: Buffer;
  /** 32 bytes, derived from the trail's key: what instances tell each other is authenticated with it. */
  readonly messageKey: Buffer;
  /** 32 bytes, derived likewise: what clients asked for under names of theirs is digested with it. */
  readonly requestKey: Buffer;
  /** 32 bytes, derived likewise: keys of access tokens are sealed with it. */
  readonly tokenSealKey: Buffer;
  /** 32 bytes, derived likewise: marks browsers that a user has signed in with. */
  readonly deviceKey: Buffer;
  /** 32 bytes, derived likewise: sign-ins at a provider are sealed with it. */
  readonly flowKey: Buffer;
  /** 32 bytes, derived likewise: what users' authenticators are set up by is sealed with it. */
  readonly totpKey: Buffer;
  /** 32 bytes, derived likewise: challenges for passkeys are sealed with it. */
  readonly passkeyKey: Buffer;
  /** 32 bytes: page tokens are sealed with it. In the database in clear. */
  readonly pageTokenKey: Buffer;
}

/** Reads a value that all instances share: the first that any of them proposed. */
export type SharedSetting = (name: string, proposal: () => Buffer) => Promise<Buffer>;

/**
 * Reads the secrets that all instances share, and makes those that are missing.
 *
 * @throws MasterKeyMismatchError when the database was set up with another master key
 * @throws DecryptionError
 */
export async function openSharedSecrets(sharedSetting: SharedSetting, masterKey: MasterKey): Promise<SharedSecrets> {
  const masterKeyId = await sharedSetting("master_key_id", () => masterKey.id);
  if (![masterKey, masterKey.previous].some((key) => key !== undefined && masterKeyId.equals(key.id))) {
    throw new MasterKeyMismatchError();
  }
  const pageTokenKey = await sharedSetting("page_token_key", () => randomBytes(keyLength));
  const sealed = await sharedSetting(trailKeyPlace, () => masterKey.encrypt(randomBytes(keyLength), trailKeyPlace));
  const trailKey = masterKey.decrypt(sealed, trailKeyPlace);
  return {
    trailKey,
    messageKey: derived(trailKey, "altalune messages of instances"),
    tokenSealKey: derived(trailKey, "altalune keys of access tokens"),
    deviceKey: derived(trailKey, "altalune browsers of users"),
    totpKey: derived(trailKey, "altalune authenticators of users"),
    passkeyKey: derived(trailKey, "altalune passkeys of users"),
    flowKey: derived(trailKey, "altalune sign-ins at a provider"),
    requestKey: derived(trailKey, "altalune requests of clients"),
    pageTokenKey,
  };
}

function derived(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, "", purpose, keyLength));
}
