import type { Generated } from "kysely";

/** Until when it was looked what time brings to the keys of a project, for those who are sent mail. */
export interface NoticeLooksTable {
  project_id: bigint;
  looked_until: Date;
  /** Since when somebody is sent mail. */
  since: Date;
  /** Of the settings and addresses by which it was looked. */
  fingerprint: string;
  /** Of a look that is under way: when it began, by which settings and addresses, and the last that it has looked at. */
  begun_at: Date | null;
  begun_fingerprint: string | null;
  last_due_at: Date | null;
  last_key_id: bigint | null;
  last_what: string | null;
}

/** What an address is told, or was. */
export interface NoticesTable {
  project_id: bigint;
  id: Generated<bigint>;
  /** The public id of a key or webhook. */
  resource_id: string;
  /** As src/domain/notice/model.ts numbers it. */
  kind: number;
  /** Of a key that ends soon: how many days before; of an exposed value: how much it opens; otherwise 0. */
  threshold: Generated<number>;
  /** When it happened; the key's end; of a value that is due for a new one, since when it is in force. */
  moment: Date;
  address: string;
  detail: unknown;
  /** By which it is told; null: none yet. */
  mail_id: bigint | null;
  created_at: Generated<Date>;
}

export interface MailsTable {
  id: Generated<bigint>;
  public_id: string;
  address: string;
  /** As src/domain/notice/model.ts numbers it. */
  state: Generated<number>;
  attempts: Generated<number>;
  /** Until when whoever sends it has it to itself; null: nobody does. */
  claimed_until: Generated<Date | null>;
  /** Null: there is no other attempt. */
  next_attempt_at: Date | null;
  /** Empty: it did not fail. */
  last_error: Generated<string>;
  created_at: Generated<Date>;
  settled_at: Generated<Date | null>;
}
