import { Kysely, type LogConfig, PostgresDialect, type RawBuilder } from "kysely";
import type { Pool } from "pg";
import { RowCursor } from "./row-cursor.js";
import type { ApiKeyActivityTable } from "./tables/api-key-activity.js";
import type { ApiKeyOwnersTable } from "./tables/api-key-owners.js";
import type { ApiKeySecretsTable } from "./tables/api-key-secrets.js";
import type { AuditEventsTable, AuditHeadsTable } from "./tables/audit.js";
import type { EventLooksTable, EventSequencesTable, EventsTable, ToldTimesTable } from "./tables/events.js";
import type { ExposureReportsTable } from "./tables/exposure-reports.js";
import type { UserIdentitiesTable } from "./tables/identities.js";
import type { InstancesTable } from "./tables/instances.js";
import type { NoncesTable } from "./tables/nonces.js";
import type { MailsTable, NoticeLooksTable, NoticesTable } from "./tables/notices.js";
import type { ApiKeySourcesTable, OddUseLooksTable, OddUseSignalsTable } from "./tables/odd-use.js";
import type { UserPasskeyChallengesTable, UserPasskeysTable } from "./tables/passkeys.js";
import type { PortalSessionsTable } from "./tables/portal-sessions.js";
import type { ProjectApiKeysTable } from "./tables/project-api-keys.js";
import type { ProjectsTable } from "./tables/projects.js";
import type { RateLimitsTable } from "./tables/rate-limits.js";
import type { RequestIdsTable } from "./tables/request-ids.js";
import type { UserRecoveryCodesTable, UserTotpTable } from "./tables/second-factors.js";
import type { SettingsTable } from "./tables/settings.js";
import type { TiersTable } from "./tables/tiers.js";
import type { ApiKeyUsageTable, UsageBatchesTable, UsageJournalTable } from "./tables/usage.js";
import type {
  TokenKeysTable,
  UserAddressesTable,
  UserInvitationsTable,
  UserRefreshTokensTable,
  UserSessionsTable,
  UsersTable,
} from "./tables/users.js";
import type { WaitingValuesTable } from "./tables/waiting-values.js";
import type { WebhookDeliveriesTable, WebhooksTable } from "./tables/webhooks.js";

export interface Database {
  altalune_settings: SettingsTable;
  altalune_tiers: TiersTable;
  altalune_projects: ProjectsTable;
  altalune_project_api_keys: ProjectApiKeysTable;
  altalune_api_key_secrets: ApiKeySecretsTable;
  altalune_api_key_owners: ApiKeyOwnersTable;
  altalune_api_key_activity: ApiKeyActivityTable;
  altalune_waiting_values: WaitingValuesTable;
  altalune_rate_limits: RateLimitsTable;
  altalune_api_key_usage: ApiKeyUsageTable;
  altalune_usage_batches: UsageBatchesTable;
  altalune_usage_journal: UsageJournalTable;
  altalune_api_key_sources: ApiKeySourcesTable;
  altalune_odd_use_looks: OddUseLooksTable;
  altalune_odd_use_signals: OddUseSignalsTable;
  altalune_instances: InstancesTable;
  altalune_nonces: NoncesTable;
  altalune_request_ids: RequestIdsTable;
  altalune_portal_sessions: PortalSessionsTable;
  altalune_exposure_reports: ExposureReportsTable;
  altalune_audit_heads: AuditHeadsTable;
  altalune_audit_events: AuditEventsTable;
  altalune_users: UsersTable;
  altalune_user_invitations: UserInvitationsTable;
  altalune_user_sessions: UserSessionsTable;
  altalune_user_refresh_tokens: UserRefreshTokensTable;
  altalune_user_addresses: UserAddressesTable;
  altalune_user_identities: UserIdentitiesTable;
  altalune_user_totp: UserTotpTable;
  altalune_user_recovery_codes: UserRecoveryCodesTable;
  altalune_user_passkeys: UserPasskeysTable;
  altalune_user_passkey_challenges: UserPasskeyChallengesTable;
  altalune_token_keys: TokenKeysTable;
  altalune_events: EventsTable;
  altalune_event_sequences: EventSequencesTable;
  altalune_event_looks: EventLooksTable;
  altalune_told_times: ToldTimesTable;
  altalune_webhooks: WebhooksTable;
  altalune_webhook_deliveries: WebhookDeliveriesTable;
  altalune_notice_looks: NoticeLooksTable;
  altalune_notices: NoticesTable;
  altalune_mails: MailsTable;
}

/** Where statements run: the pool, or one transaction. Only services pass it on, and only repos look inside. */
export type Executor = Kysely<Database>;

/** One that is not run yet, and whose answer nobody needs. Only repos make them. */
export type Statement = RawBuilder<unknown>;

export function createDatabase(pool: Pool, { log }: { readonly log?: LogConfig } = {}): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool, cursor: RowCursor }), ...(log && { log }) });
}
