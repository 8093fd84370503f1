import { requestDefaults } from "../../src/domain/api_key/model.js";

const lifetimeMs = 90 * 24 * 60 * 60 * 1000;
const expiresAt = new Date(Date.now() + lifetimeMs);
const scopes = ["orders:read", "orders:write"];
const metadata = { team: "billing" };

let made = 0;

/** A name that no key of this run has. */
export function freshName(): string {
  made += 1;
  return `key ${process.pid} ${made}`;
}

/** What every create of this bench asks for, in the service's words. Each key has an owner of its own, under a cap. */
export function keyRequest(name: string) {
  return {
    ...requestDefaults,
    name,
    ownerId: ownerOf(name),
    expiresAt,
    scopes,
    metadata,
  };
}

/** The same in the contract's JSON. */
export function keyRequestJson(projectId: string, name: string) {
  return { projectId, name, ownerId: ownerOf(name), expiration: expiresAt.toISOString(), scopes, metadata };
}

export function ownerOf(name: string): string {
  return `owner of ${name}`;
}
