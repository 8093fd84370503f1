import { type Kysely, sql } from "kysely";
import type { Metadata } from "../../src/domain/api_key/model.js";
import type { Database } from "../../src/platform/postgres/database.js";
import { digestOf, displayForm, newPublicId, newSecret } from "../lib/product.js";
import { grantedScopes } from "./granted.js";

const prefix = "sk-";
const batch = 5_000;

export function newKeys(count: number): readonly string[] {
  return Array.from({ length: count }, () => newSecret(prefix));
}

/** What each of some keys has beside its value. */
export interface KeySettings {
  readonly tier?: string | undefined;
  readonly metadata?: Metadata;
}

/** Gives a project these keys, which never expire and have the limits of their tier, if they have one. */
export async function insertKeys(
  db: Kysely<Database>,
  projectId: bigint,
  keys: readonly string[],
  { tier = "", metadata }: KeySettings = {},
): Promise<void> {
  const metadataJson = metadata === undefined ? null : JSON.stringify(metadata);
  for (let start = 0; start < keys.length; start += batch) {
    const values = keys.slice(start, start + batch);
    await sql`
      with key as (
        insert into altalune_project_api_keys
          (project_id, public_id, name, owner_id, display_prefix, digest, scopes, tier, metadata, expires_at)
        select ${projectId}, public_id, 'key ' || public_id, 'owner ' || public_id, display_prefix, digest,
          ${grantedScopes}::text[], ${tier}, ${metadataJson}::jsonb, 'infinity'
        from unnest(
          ${values.map(() => newPublicId())}::text[],
          ${values.map((value) => displayForm(value, prefix))}::text[],
          ${values.map(digestOf)}::bytea[]
        ) as given (public_id, display_prefix, digest)
        returning id, digest
      )
      insert into altalune_api_key_secrets (digest, project_id, api_key_id)
      select digest, ${projectId}, id from key
    `.execute(db);
  }
}
