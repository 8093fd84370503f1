import type { DescField } from "@bufbuild/protobuf";
import { dayMs } from "../../support/fixtures.js";
import type { Subject } from "../secrecy/rpcs.js";

/** Texts that a field takes, by its name, so that a request gets past the first rule and on to the next. */
export function likelyTexts(field: DescField, { projectId, apiKeyId, key, code }: Subject): readonly string[] {
  switch (field.name) {
    case "project_id":
      return [projectId, projectId, projectId, ""];
    case "api_key_id":
      return [apiKeyId, apiKeyId, apiKeyId, "22222222222222"];
    case "key":
      return [key, key];
    case "code":
      return [code, code];
    case "owner_id":
      return ["alice", "bob"];
    case "origins":
      return ["https://app.example.com"];
    case "issuer":
    case "audience":
      return ["https://login.example.com"];
    case "name":
      return ["a name", `name ${crypto.randomUUID().slice(0, 8)}`, "gold"];
    case "scopes":
    case "owner_scopes":
    case "default_scopes":
    case "required_scopes":
      return ["orders:read", "orders:*"];
    case "tier":
    case "default_tier":
      return ["free", "pro", ""];
    case "key_prefix":
      return ["sk-", "test_"];
    case "field":
      return ["name", "created_at", "updated_at", "expiration", "sequence"];
    case "nonce":
      return ["12345678"];
    case "method":
      return ["GET"];
    case "path":
      return ["/"];
    case "paths":
      return field.parent.typeName === "google.protobuf.FieldMask" ? ["name", "scopes", "metadata", "rate_limits"] : [];
    case "values":
      return ["a name", "API_KEY_STATUS_ACTIVE", "api_key.created", "30", ""];
    default:
      return [];
  }
}

/** The names that maps of the contract know. */
export const likelyNames = [
  "name",
  "key_prefix",
  "status",
  "owner_id",
  "tier",
  "scope",
  "expiring_within_days",
  "action",
  "actor",
  "resource_id",
  "request_id",
];

/** Times that are allowed, that never were, and that some calendar cannot hold. */
export function likelyTimes(): readonly string[] {
  return [
    new Date(Date.now() + dayMs).toISOString(),
    new Date(Date.now() + 730 * dayMs).toISOString(),
    "0001-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "10000-01-01T00:00:00Z",
    "2026-06-30T23:59:60Z",
    "1969-12-31T23:59:59.000000001Z",
    "2026-01-01T00:00:00+23:59",
    "2026-01-01",
  ];
}

export const likelyDurations = [
  "0s",
  "3600s",
  "2592000s",
  "2592000.000000001s",
  "-0.000000001s",
  "315576000000s",
  "-315576000001s",
  "1e3s",
  "1m",
];
