/** The encrypted signing secrets of one key. */
export interface SealedSecrets {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
  readonly projectPublicId: string;
  readonly apiKeyPublicId: string;
  readonly signingSecret: Buffer | undefined;
  readonly previousSigningSecret: Buffer | undefined;
}
