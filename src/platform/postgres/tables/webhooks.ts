import type { Generated } from "kysely";

export interface WebhooksTable {
  project_id: bigint;
  /** Only the tie-break of listings. */
  id: Generated<bigint>;
  public_id: string;
  url: string;
  /** Empty: all. */
  event_types: string[];
  description: string;
  /** Ciphertext under the master key, as the one before. */
  secret: Buffer;
  previous_secret: Generated<Buffer | null>;
  previous_secret_expires_at: Generated<Date | null>;
  failing_since: Generated<Date | null>;
  /** Null: it is on. */
  disabled_reason: Generated<number | null>;
  /** One more each time that it is switched off. */
  term: Generated<number>;
  version: Generated<bigint>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** Events on their way to webhooks. */
export interface WebhookDeliveriesTable {
  project_id: bigint;
  /** Only the tie-break of listings. */
  id: Generated<bigint>;
  webhook_id: string;
  event_id: string;
  /** The webhook's when this was asked for: in a later one it is over. */
  term: Generated<number>;
  state: Generated<number>;
  attempts: Generated<number>;
  /** Until when whoever attempts it has it to itself; null: nobody does. */
  claimed_until: Generated<Date | null>;
  /** Null: not. */
  next_attempt_at: Generated<Date | null>;
  last_attempt_at: Generated<Date | null>;
  /** Null: there was no answer. */
  last_status: Generated<number | null>;
  /** Empty: it did not fail. */
  last_error: Generated<string>;
  created_at: Generated<Date>;
}
