import type { Migration } from "kysely/migration";
import * as m0001 from "./0001_settings.js";
import * as m0002 from "./0002_tiers.js";
import * as m0003 from "./0003_projects.js";
import * as m0004 from "./0004_api_keys.js";
import * as m0005 from "./0005_audit.js";
import * as m0006 from "./0006_rate_limits.js";
import * as m0007 from "./0007_usage.js";
import * as m0008 from "./0008_nonces.js";
import * as m0009 from "./0009_instances.js";
import * as m0010 from "./0010_rate_limit_refills.js";
import * as m0011 from "./0011_usage_journal.js";
import * as m0012 from "./0012_audit_hash_index.js";
import * as m0013 from "./0013_request_ids.js";
import * as m0014 from "./0014_versions.js";
import * as m0015 from "./0015_lock_owners.js";
import * as m0016 from "./0016_owner_access.js";
import * as m0017 from "./0017_portal_sessions.js";
import * as m0018 from "./0018_users.js";
import * as m0019 from "./0019_owner_origins.js";
import * as m0020 from "./0020_user_identities.js";
import * as m0021 from "./0021_user_totp.js";
import * as m0022 from "./0022_user_passkeys.js";
import * as m0023 from "./0023_limits_ahead.js";
import * as m0024 from "./0024_webhooks.js";
import * as m0025 from "./0025_rotation_policies.js";
import * as m0026 from "./0026_exposures.js";
import * as m0027 from "./0027_webhook_terms.js";
import * as m0028 from "./0028_notices.js";
import * as m0029 from "./0029_odd_use.js";
import * as m0030 from "./0030_tier_and_user_versions.js";
import * as m0031 from "./0031_failing_webhooks.js";
import * as m0032 from "./0032_note_login.js";
import * as m0033 from "./0033_notice_places.js";
import * as m0034 from "./0034_lock_owners_apart.js";
import * as m0035 from "./0035_unclaimed_values.js";

/** Every step of the schema, by name, in the order of their names. Steps that were released never change. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001_settings": m0001,
  "0002_tiers": m0002,
  "0003_projects": m0003,
  "0004_api_keys": m0004,
  "0005_audit": m0005,
  "0006_rate_limits": m0006,
  "0007_usage": m0007,
  "0008_nonces": m0008,
  "0009_instances": m0009,
  "0010_rate_limit_refills": m0010,
  "0011_usage_journal": m0011,
  "0012_audit_hash_index": m0012,
  "0013_request_ids": m0013,
  "0014_versions": m0014,
  "0015_lock_owners": m0015,
  "0016_owner_access": m0016,
  "0017_portal_sessions": m0017,
  "0018_users": m0018,
  "0019_owner_origins": m0019,
  "0020_user_identities": m0020,
  "0021_user_totp": m0021,
  "0022_user_passkeys": m0022,
  "0023_limits_ahead": m0023,
  "0024_webhooks": m0024,
  "0025_rotation_policies": m0025,
  "0026_exposures": m0026,
  "0027_webhook_terms": m0027,
  "0028_notices": m0028,
  "0029_odd_use": m0029,
  "0030_tier_and_user_versions": m0030,
  "0031_failing_webhooks": m0031,
  "0032_note_login": m0032,
  "0033_notice_places": m0033,
  "0034_lock_owners_apart": m0034,
  "0035_unclaimed_values": m0035,
};
