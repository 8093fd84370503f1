import type { Generated } from "kysely";

/** What happened to keys and projects, as those are told of it who asked to be. */
export interface EventsTable {
  project_id: bigint;
  public_id: string;
  type: string;
  /** The public id of a key, or of the project. */
  resource_id: string;
  /** Among those of what it is about, from 1. */
  sequence: bigint;
  occurred_at: Date;
  /** A JSON object. */
  detail: unknown;
}

/** The last place that an event of a key or project has taken. */
export interface EventSequencesTable {
  project_id: bigint;
  resource_id: string;
  sequence: bigint;
}

/** Until when it was looked what time brings to the keys of a project. */
export interface EventLooksTable {
  project_id: bigint;
  looked_until: Date;
  /** Since when somebody wants to be told: what was before is not. */
  heard_since: Generated<Date>;
}

/** What time has brought of late, and was told. */
export interface ToldTimesTable {
  project_id: bigint;
  resource_id: string;
  what: string;
  due_at: Date;
}
