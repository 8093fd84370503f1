import { createHmac, type KeyObject } from "node:crypto";
import canonicalize from "canonicalize";

/** A JSON object; keys with undefined values are left out. */
export type Detail = Readonly<Record<string, unknown>>;

/** One change, before it has a place in the trail. */
export interface AuditRecord {
  readonly actor: string;
  readonly action: AuditAction;
  /** The public id of a project or key, the name of a tier. */
  readonly resourceId: string;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly detail: Detail;
}

/** One change at its place in a project's trail. */
export interface AuditEvent extends Omit<AuditRecord, "action"> {
  readonly projectId: bigint;
  /** From 1, without gaps. */
  readonly sequence: bigint;
  readonly action: string;
  readonly occurredAt: Date;
  /** 32 bytes. */
  readonly hash: Buffer;
}

/** The end of a trail: sequence 0 and an empty hash before the first event. */
export interface TrailHead {
  readonly sequence: bigint;
  readonly hash: Buffer;
}

/** Which part of a trail to check. */
export interface TrailPart {
  /** Where to start; what lies before is trusted. Up to 1: at the first event. */
  readonly fromSequence: bigint;
  /** The last place; 0: to the end. */
  readonly toSequence: bigint;
  /** After how many events to stop; undefined: after all. */
  readonly maxEvents?: number | undefined;
}

/** What a walk along the trail found. */
export interface TrailReport {
  readonly intact: boolean;
  readonly eventsChecked: bigint;
  /** 0: none. */
  readonly firstBrokenSequence: bigint;
  /** The place of the last event that was checked and holds. */
  readonly lastSequence: bigint;
  readonly head: TrailHead;
}

export const auditActions = [
  "project.created",
  "project.updated",
  "project.deleted",
  "api_key.created",
  "api_key.updated",
  "api_key.activated",
  "api_key.deactivated",
  "api_key.revoked",
  "api_key.rotated",
  "api_key.claimed",
  "api_key.unclaimed",
  "api_key.deleted",
  "api_key.exposed",
  "api_key.suspicious",
  "signing_secret.rotated",
  "portal_session.created",
  "portal_session.opened",
  "portal_session.ended",
  "tier.upserted",
  "tier.deleted",
  "root_key.created",
  "root_key.revoked",
  "root_key.exposed",
  "master_key.rotated",
  "user.created",
  "user.invited",
  "user.registered",
  "user.updated",
  "user.deleted",
  "user.signed_in",
  "user.signed_out",
  "user.password_changed",
  "user.totp_set",
  "user.totp_removed",
  "user.passkey_added",
  "user.passkey_removed",
  "user.passkey_clone_suspected",
  "user.session_ended",
  "user.sessions_revoked",
  "user.refresh_token_replayed",
  "setup_link.created",
  "webhook.created",
  "webhook.updated",
  "webhook.deleted",
  "webhook.secret_rotated",
  "webhook.tested",
  "webhook.redelivered",
  "webhook.disabled",
] as const;
export type AuditAction = (typeof auditActions)[number];

export const auditFilters = ["actor", "action", "resource_id", "request_id"] as const;
export type AuditFilter = (typeof auditFilters)[number];

export const auditSorts = ["sequence"] as const;
export type AuditSort = (typeof auditSorts)[number];

/**
 * The hash of an event in its chain: HMAC-SHA-256(trail key, hash of the event before ‖ the event as RFC 8785 canonical
 * JSON). Without the key nobody can make a chain that fits.
 *
 * @param trailKey 32 bytes; as a KeyObject where many are hashed: to make that of bytes takes several times as long as to hash
 */
export function chainHash(trailKey: Buffer | KeyObject, previousHash: Buffer, event: Omit<AuditEvent, "hash">): Buffer {
  const canonical = canonicalize({
    project: String(event.projectId),
    sequence: String(event.sequence),
    actor: event.actor,
    action: event.action,
    resource: event.resourceId,
    occurred_at: event.occurredAt.toISOString(),
    request_id: event.requestId,
    source_ip: event.sourceIp,
    detail: event.detail,
  });
  return createHmac("sha256", trailKey)
    .update(previousHash)
    .update(canonical ?? "")
    .digest();
}
