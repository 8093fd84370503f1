import type { Detail } from "../audit/model.js";
import type { LookPlace, NoticeSettings } from "../notice/model.js";

/** Everything that a project's webhooks are told of. */
export const eventTypes = [
  "api_key.created",
  "api_key.updated",
  "api_key.activated",
  "api_key.deactivated",
  "api_key.revoked",
  "api_key.rotated",
  "api_key.unclaimed",
  "api_key.deleted",
  "api_key.expiring",
  "api_key.expired",
  "api_key.rotation_due",
  "api_key.exposed",
  "api_key.suspicious",
  "api_key.limit_reached",
  "project.updated",
  "project.deleted",
] as const;
export type EventType = (typeof eventTypes)[number];

/** What a webhook is sent to try it, whatever it is told of otherwise. */
export const testEventType = "webhook.test";

export function isEventType(text: string): text is EventType {
  return (eventTypes as readonly string[]).includes(text);
}

/** Something that has happened, before it has a place among the events of what it is about. */
export interface EventDraft {
  readonly projectId: bigint;
  readonly publicId: string;
  readonly type: string;
  /** The public id of a key, or of the project. */
  readonly resourceId: string;
  readonly occurredAt: Date;
  /** What is told of it; never a secret. */
  readonly detail: Detail;
}

/** An event as it is told. */
export interface StoredEvent extends EventDraft {
  /** Among those of what it is about, from 1 and without gaps. */
  readonly sequence: bigint;
}

/** What time brings to a key. */
export type TimeEventType = Extract<EventType, "api_key.expiring" | "api_key.expired" | "api_key.rotation_due">;

/** What time has brought to a key, and nobody was told yet. */
export interface DueTime {
  readonly projectId: bigint;
  readonly resourceId: string;
  readonly type: TimeEventType;
  /** When that was. */
  readonly dueAt: Date;
  readonly detail: Detail;
}

/** What lies between two moments, the later one included. */
export interface TimeWindow {
  readonly after: Date;
  /** Since when somebody wants to be told. A look goes back behind `after`, but not behind this. */
  readonly since: Date;
  readonly until: Date;
  /** How the project wants it told. */
  readonly notices: NoticeSettings;
}

/** What a look has found, and how far it has come. */
export interface FoundTimes {
  /** What nobody was told yet. */
  readonly due: readonly DueTime[];
  /** Behind which there may be more; undefined: there is none. */
  readonly last: LookPlace | undefined;
}
