/** An instance that may answer from its cache. */
export interface InstancesTable {
  id: string;
  lease_ms: number;
  registered_at: Date;
  /** When its lease was last renewed, by the database's clock. */
  renewed_at: Date;
}
