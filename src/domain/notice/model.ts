import type { Detail } from "../audit/model.js";

/** What people are sent mail about. */
export type NoticeKind =
  | "expiring"
  | "expired"
  | "rotation_due"
  | "exposed"
  | "suspicious"
  | "webhook_disabled"
  | "unclaimed";

/** The numbers that the database stores, which are the contract's: one that was used never stands for something else. */
export const noticeKindNumbers: Readonly<Record<NoticeKind, number>> = {
  expiring: 1,
  expired: 2,
  rotation_due: 3,
  exposed: 4,
  suspicious: 5,
  webhook_disabled: 6,
  unclaimed: 7,
};

/** By their stored numbers. */
export const noticeKinds: ReadonlyMap<number, NoticeKind> = new Map(
  Object.entries(noticeKindNumbers).map(([kind, number]) => [number, kind as NoticeKind]),
);

/** What does not wait for as long as the others do. */
export const urgentKinds: readonly NoticeKind[] = ["exposed", "suspicious", "webhook_disabled", "unclaimed"];

/** As a mail lists them, the most urgent first. */
export const kindsByUrgency: readonly NoticeKind[] = [...urgentKinds, "expiring", "expired", "rotation_due"];

/** Of what a project's people are told, and when. */
export interface NoticeSettings {
  /** How many days before its end a key is told to be expiring. */
  readonly expiringDays: readonly number[];
  /** How long a value is in force before a new one is due, in milliseconds. */
  readonly rotationDueAfterMs: number;
  /** What nobody is sent mail about. */
  readonly muted: readonly NoticeKind[];
}

const dayMs = 24 * 60 * 60 * 1000;

export const noticeDefaults: NoticeSettings = {
  expiringDays: [30, 7, 1],
  rotationDueAfterMs: 90 * dayMs,
  muted: [],
};

/** What the trail has that people are sent mail about. */
export const noticedActions: ReadonlyMap<string, NoticeKind> = new Map<string, NoticeKind>([
  ["api_key.exposed", "exposed"],
  ["api_key.suspicious", "suspicious"],
  ["webhook.disabled", "webhook_disabled"],
  ["api_key.unclaimed", "unclaimed"],
]);

/** How much a value opens that was found, as the trail says it: of each of these people are told by itself. */
export const exposedThresholds: ReadonlyMap<unknown, number> = new Map([
  ["ended", 0],
  ["previous", 1],
  ["current", 2],
]);

/** Something of the trail that people are to be told. */
export interface RecordedNotice {
  readonly projectId: bigint;
  /** The public id of a key or webhook. */
  readonly resourceId: string;
  readonly kind: NoticeKind;
  /** When it happened: of one moment a resource has one notice of a kind and threshold. */
  readonly moment: Date;
  /** Of an exposed value: how much it opens. Otherwise 0. */
  readonly threshold: number;
  /** What is told of it; never a secret, and nothing that whoever asks without a credential can choose. */
  readonly detail: Detail;
}

/** The last that a look has looked at, behind which it goes on. */
export interface LookPlace {
  readonly dueAt: Date;
  readonly keyId: bigint;
  readonly what: string;
}

/** How far a look at what time has brought goes. */
export interface NoticeWindow {
  readonly after: Date;
  /** Keys that had ended before are not told of: nobody could be sent mail then, or it was looked by other settings and for others. */
  readonly since: Date;
  readonly until: Date;
  readonly settings: NoticeSettings;
  /** Tells these settings and addresses from others. */
  readonly fingerprint: string;
  /** When it began to be looked, of a look that is under way; what was committed late since then is found by the next one. */
  readonly begunAt: Date;
  /** How far a look that is under way has come; undefined: none is. */
  readonly last: LookPlace | undefined;
}

/** How a key is when a mail about it goes. */
export type KeyStanding = "live" | "off" | "expired" | "revoked" | "deleted";

/** One thing that a mail tells, as it is now. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly projectPublicId: string;
  readonly projectName: string;
  readonly resourceId: string;
  /** Of a key. */
  readonly name: string;
  /** With what the key's value begins, as listings show it. */
  readonly start: string;
  readonly ownerId: string;
  /** Of a key; of a webhook it says nothing. */
  readonly standing: KeyStanding;
  /** Of a key; undefined: it never ends. */
  readonly expiresAt: Date | undefined;
  /** When the value before a key's current one ends; undefined: there is none. */
  readonly previousExpiresAt: Date | undefined;
  /** When it happened; of a key that is due for a new value, since when it has the one it has. */
  readonly moment: Date;
  readonly detail: Detail;
}

/** A mail that whoever has claimed it sends. */
export interface ClaimedMail {
  readonly id: bigint;
  /** By which receivers know that they have it already. */
  readonly publicId: string;
  readonly address: string;
  readonly attempts: number;
  /** Tells this claim from any later one. */
  readonly claimedUntil: Date;
  /** The database's time. */
  readonly now: Date;
  /** What it is still true to tell, the most urgent first; of many, those that are listed. */
  readonly notices: readonly Notice[];
  /** How many there are, with those of kinds that this version does not know. */
  readonly count: number;
}

/** A mail as its job has it. */
export interface DueMail {
  readonly id: bigint;
  /** When it was due when the job was added: if that is another time by now, something has happened to it since. */
  readonly dueAt: Date;
}

export type MailState = "pending" | "sent" | "refused" | "given_up" | "moot";

/** The numbers that the database stores. Moot: what it was to tell was not true any more, or nobody wanted to be told. */
export const mailStateNumbers: Readonly<Record<MailState, number>> = {
  pending: 1,
  sent: 2,
  refused: 3,
  given_up: 4,
  moot: 5,
};

/** More notices for one address than these come as one mail. */
export const mostSingly = 5;
/** How many of them a mail lists; of the others it says how many there are. */
export const mostListed = 100;

const minuteMs = 60 * 1000;
const hourMs = 60 * minuteMs;

/** How long after a failed attempt the next one comes, in milliseconds: three days in all. After the last, none does. */
export const mailRetryDelaysMs = [
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  24 * hourMs,
  24 * hourMs,
] as const;
