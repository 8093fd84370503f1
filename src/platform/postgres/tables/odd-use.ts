import type { Generated } from "kysely";

/** Where a key was used from. */
export interface ApiKeySourcesTable {
  project_id: bigint;
  api_key_id: bigint;
  /** A UTC day. */
  day: Date;
  /** 1: a network; 2: an agent. */
  kind: number;
  /** Empty: all for which there was no room. */
  value: string;
  verifications: bigint;
  first_at: Date;
  last_at: Date;
}

/** A key whose use is to be looked at; it may stand there several times. */
export interface OddUseLooksTable {
  id: Generated<bigint>;
  project_id: bigint;
  api_key_id: bigint;
  /** When the UTC hour starts of which the use is. */
  hour: Date;
}

/** What was told of a key's use in an hour. */
export interface OddUseSignalsTable {
  project_id: bigint;
  api_key_id: bigint;
  /** As src/domain/odd_use/model.ts numbers it. */
  kind: number;
  hour: Date;
}
