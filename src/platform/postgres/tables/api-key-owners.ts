/** A row an owner of keys: what a create locks, so that the owner's cap holds. */
export interface ApiKeyOwnersTable {
  project_id: bigint;
  owner_id: string;
}
