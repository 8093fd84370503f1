/** The nonces of signed requests, while a request that repeats one could be accepted. */
export interface NoncesTable {
  project_id: bigint;
  api_key_id: bigint;
  nonce: string;
  accepted_until: Date;
}
