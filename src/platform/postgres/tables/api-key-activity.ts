export interface ApiKeyActivityTable {
  project_id: bigint;
  api_key_id: bigint;
  last_used_at: Date;
}
