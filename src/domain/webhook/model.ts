import { createHmac, randomBytes } from "node:crypto";
import type { MasterKey } from "../../platform/master-key.js";
import type { StoredEvent } from "../event/model.js";

/** Why a webhook is switched off. */
export type DisabledReason = "by_caller" | "gone" | "failing";

/** The numbers that the database stores, which are the contract's. */
export const disabledReasonNumbers: Readonly<Record<DisabledReason, number>> = { by_caller: 1, gone: 2, failing: 3 };

export interface Webhook {
  readonly projectId: bigint;
  readonly publicId: string;
  readonly url: string;
  /** Empty: all. */
  readonly eventTypes: readonly string[];
  readonly description: string;
  /** Undefined: it is on. */
  readonly disabledReason: DisabledReason | undefined;
  /** How often it was switched off: what was told in an earlier term is sent no more. */
  readonly term: number;
  /** Ciphertext. */
  readonly secret: Buffer;
  /** Ciphertext; undefined: there is none. */
  readonly previousSecret: Buffer | undefined;
  readonly previousSecretExpiresAt: Date | undefined;
  /** Since when nothing that was sent to it has succeeded; undefined: the last attempt has, or there was none. */
  readonly failingSince: Date | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** One more with each change. */
  readonly version: bigint;
}

/** What a client decides of a webhook. */
export interface WebhookSettings {
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly description: string;
}

/** What an update changes: a setting that is absent stays. */
export interface WebhookChanges extends Partial<WebhookSettings> {
  readonly enabled?: boolean;
}

/** Which webhook a secret belongs to. */
export type WebhookPlace = Pick<Webhook, "projectId" | "publicId">;

export type DeliveryState = "pending" | "succeeded" | "failed";

/** The numbers that the database stores, which are the contract's. */
export const deliveryStateNumbers: Readonly<Record<DeliveryState, number>> = { pending: 1, succeeded: 2, failed: 3 };

/** The values of the filter `state`, and what each stands for. */
export const deliveryStateNames: ReadonlyMap<string, DeliveryState> = new Map(
  (Object.keys(deliveryStateNumbers) as DeliveryState[]).map((state) => [
    `DELIVERY_STATE_${state.toUpperCase()}`,
    state,
  ]),
);

/** An event on its way to a webhook. */
export interface Delivery {
  readonly webhookId: string;
  readonly event: StoredEvent;
  readonly state: DeliveryState;
  /** Since it was last asked for. */
  readonly attempts: number;
  readonly lastStatus: number | undefined;
  /** Empty: it did not fail. */
  readonly lastError: string;
  readonly lastAttemptAt: Date | undefined;
  readonly nextAttemptAt: Date | undefined;
}

/** Which delivery is meant. */
export interface DeliveryPlace {
  readonly projectId: bigint;
  readonly webhookId: string;
  readonly eventId: string;
}

/** A delivery as its job has it. */
export interface DueDelivery extends DeliveryPlace {
  /** When it was due when the job was added: if that is another time by now, something has happened to it since. */
  readonly dueAt: Date;
}

/** A delivery that whoever has claimed it attempts. */
export interface ClaimedDelivery {
  readonly place: DeliveryPlace;
  /** Tells this claim from any later one. */
  readonly claimedUntil: Date;
  readonly delivery: Delivery;
  readonly webhook: Webhook;
  readonly projectPublicId: string;
  /** The database's time. */
  readonly now: Date;
}

/** What came of an attempt. */
export interface AttemptOutcome {
  /** Undefined: there was no answer. */
  readonly status: number | undefined;
  /** Empty: it succeeded. */
  readonly error: string;
}

export const webhookSorts = ["created_at", "updated_at"] as const;
export type WebhookSort = (typeof webhookSorts)[number];

export const deliveryFilters = ["state", "event_type"] as const;
export type DeliveryFilter = (typeof deliveryFilters)[number];
export const deliverySorts = ["created_at"] as const;
export type DeliverySort = (typeof deliverySorts)[number];

/** How many webhooks a project may have: each of its events is delivered to each of them. */
export const maxWebhooks = 20;

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** How long after a failed attempt the next one comes, in milliseconds: that of Standard Webhooks. After the last, none does. */
export const retryDelaysMs = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
] as const;

/**
 * After how long without a success a webhook is switched off, in milliseconds, whichever events were attempted meanwhile: longer than
 * one event takes to go through all its retries.
 */
export const longestFailureMs = 96 * hourMs;

const secretPrefix = "whsec_";
/** Finds a secret in a text, also as an address has it. */
export const webhookSecretPattern = new RegExp(`${secretPrefix}[\\w%+/=-]{16,}`);
const secretBytes = 32;

/** A new secret of a webhook as it is shown once, and as it is stored. */
export function newWebhookSecret(
  masterKey: MasterKey,
  place: WebhookPlace,
): { readonly secret: string; readonly ciphertext: Buffer } {
  const bytes = randomBytes(secretBytes);
  return {
    secret: `${secretPrefix}${bytes.toString("base64")}`,
    ciphertext: sealWebhookSecret(masterKey, place, bytes),
  };
}

/** The bytes of a secret as they are stored: encrypted for its webhook, so that a ciphertext that is moved to another fails. */
export function sealWebhookSecret(masterKey: MasterKey, place: WebhookPlace, secret: Buffer): Buffer {
  return masterKey.encrypt(secret, textOf(place));
}

/** @throws DecryptionError */
export function openWebhookSecret(masterKey: MasterKey, place: WebhookPlace, ciphertext: Buffer): Buffer {
  return masterKey.decrypt(ciphertext, textOf(place));
}

function textOf({ projectId, publicId }: WebhookPlace): string {
  return `webhook ${projectId}/${publicId}`;
}

/** What is sent of an event, the same at each attempt. */
export function payloadOf(event: StoredEvent, projectPublicId: string): string {
  const { type, occurredAt, resourceId, sequence, detail } = event;
  const about = type.startsWith("api_key.") ? { api_key_id: resourceId } : {};
  return JSON.stringify({
    type,
    timestamp: occurredAt.toISOString(),
    data: { project_id: projectPublicId, ...about, sequence: Number(sequence), detail },
  });
}

/**
 * `webhook-signature` of Standard Webhooks: for each secret, `v1,` and the base64 of HMAC-SHA-256(secret, id.timestamp.body).
 *
 * @param timestamp in whole seconds
 */
export function signatureOf(secrets: readonly Buffer[], id: string, timestamp: number, body: string): string {
  return secrets
    .map((secret) => `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`)
    .join(" ");
}
