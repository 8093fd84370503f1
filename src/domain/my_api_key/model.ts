import { apiKeyFilters } from "../api_key/model.js";
import type { NamedRequest } from "../request_id/model.js";

/** What owners filter their keys by: whose they are is no question. */
export const ownKeyFilters = apiKeyFilters.filter((filter) => filter !== "owner_id");

/** What owners decide of a new key. */
export interface OwnKeyRequest {
  readonly name: string;
  /** Empty: as the project has it for owners. */
  readonly scopes: readonly string[];
  /** Undefined: as the project has it for owners. */
  readonly expiresAt: Date | undefined;
}

/** How an owner's key is to be rotated. */
export interface OwnRotationRequest {
  /** In milliseconds. */
  readonly graceMs: number;
  /** Undefined: it stays. */
  readonly expiresAt: Date | undefined;
  /** Undefined: the client has not named its request. */
  readonly named: NamedRequest | undefined;
}
