import type { Database } from "../../src/platform/postgres/database.js";

/** What a table's rows come from. */
export interface Growth {
  /** What it has a row for. */
  readonly rowFor: string;
  /** Whether there are only so many of them, however long it runs. */
  readonly isBounded: boolean;
}

const bounded = (rowFor: string): Growth => ({ rowFor, isBounded: true });
const grows = (rowFor: string): Growth => ({ rowFor, isBounded: false });

type Table = keyof Database | "altalune_migrations" | "altalune_migrations_lock";

const growths: Readonly<Record<Table, Growth>> = {
  altalune_project_api_keys: grows("a key, until it is deleted"),
  altalune_api_key_secrets: grows("a key's value, and the one before it"),
  altalune_api_key_owners: grows("an owner in a project with a cap"),
  altalune_api_key_activity: grows("a key that was ever used"),
  altalune_waiting_values: grows("a key that was rotated by itself, until its new value is used or its grace ends"),
  altalune_api_key_usage: grows("a used key, hour and verdict; a month is dropped by hand"),
  altalune_rate_limits: grows("a limited key, until two days after its last use"),
  altalune_audit_events: grows("a change: the trail is for good"),
  altalune_request_ids: grows("a named request, for a day"),
  altalune_nonces: grows("a signed request, until it is too old"),
  altalune_audit_heads: bounded("a project"),
  altalune_projects: bounded("a project"),
  altalune_usage_journal: bounded("a batch of usage, until it is added up"),
  altalune_usage_batches: bounded("an instance, for days"),
  altalune_api_key_sources: grows("a network or agent of a used key and day, 42 at most, for 31 days"),
  altalune_odd_use_looks: bounded("a key whose use is to be looked at"),
  altalune_odd_use_signals: grows("a key, hour and kind of odd use, for two days"),
  altalune_instances: bounded("an instance that runs"),
  altalune_tiers: bounded("a tier"),
  altalune_settings: bounded("a setting; and every 10 s a write that is taken back"),
  altalune_migrations: bounded("a migration"),
  altalune_migrations_lock: bounded("a lock"),
  altalune_portal_sessions: grows("an owner's session in the portal, until it ends"),
  altalune_users: grows("a user"),
  altalune_user_invitations: grows("an invitation, until it is used or ends"),
  altalune_user_sessions: grows("a session, until ten minutes after it ends"),
  altalune_user_refresh_tokens: grows("a refresh token, for 7 days"),
  altalune_user_addresses: grows("an address that a user signed in from, for 90 days"),
  altalune_user_identities: grows("a user who came by a provider"),
  altalune_user_totp: grows("a user with an authenticator"),
  altalune_user_recovery_codes: grows("a recovery code, until it is used"),
  altalune_user_passkeys: grows("a user's passkey"),
  altalune_user_passkey_challenges: grows("a challenge that a passkey answered, for ten minutes"),
  altalune_exposure_reports: bounded("a report of an exposed key, until it is dealt with"),
  altalune_token_keys: bounded("a key of access tokens, for 31 days"),
  altalune_webhooks: bounded("a webhook, of which a project has at most 20"),
  altalune_webhook_deliveries: grows("an event and webhook that is told of it, for 30 days"),
  altalune_events: grows("an event in a project with webhooks, for 30 days"),
  altalune_event_sequences: grows("a key that a webhook was told of, until its project is gone"),
  altalune_event_looks: bounded("a project that ever had a webhook"),
  altalune_told_times: grows("an expiration that a webhook was told of, for 31 days"),
  altalune_notice_looks: bounded("a project with somebody who is sent mail"),
  altalune_notices: grows("something that somebody is sent mail about, for 31 days after it was"),
  altalune_mails: grows("a mail, for 31 days"),
};

/** Undefined: a table that nobody has explained. */
export const growthOf: ReadonlyMap<string, Growth> = new Map(Object.entries(growths));
