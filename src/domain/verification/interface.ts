import type { Executor } from "../../platform/postgres/database.js";
import type { KeyRecord } from "./model.js";
import type { SigningKeyRecord } from "./signed-request.js";

/** What verification needs of storage. Keys of deleted projects are not there. */
export interface VerificationStore {
  /**
   * The record of the key that has this digest now, or had it before its last rotation. Two statements, each on one
   * partition: the digest, then the key by its project.
   */
  findByDigest(db: Executor, digest: Buffer): Promise<KeyRecord | undefined>;
  /** The same for many digests in the same two statements, which cross shards. @returns by digest, in base64 */
  findByDigests(db: Executor, digests: readonly Buffer[]): Promise<ReadonlyMap<string, KeyRecord>>;
  /** A key by its public ids, with its signing secrets. Two statements: the project, then the key in its partition. */
  findSigningKey(db: Executor, projectPublicId: string, apiKeyPublicId: string): Promise<SigningKeyRecord | undefined>;
}
