/** The encrypted value of one key that waits to be claimed. */
export interface SealedValue {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
  readonly sealed: Buffer;
}

/** The encrypted signing secrets of one key. */
export interface SealedSecrets {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
  readonly signingSecret: Buffer | undefined;
  readonly previousSigningSecret: Buffer | undefined;
}
