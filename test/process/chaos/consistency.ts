import type pg from "pg";

/** What must never be found in the database, as SQL that finds it. Each statement returns a row a violation. */
const impossible: Readonly<Record<string, string>> = {
  "a key without the secret of its value": `
    select key.public_id from altalune_project_api_keys as key
    left join altalune_api_key_secrets as secret
      on secret.digest = key.digest and secret.project_id = key.project_id and secret.api_key_id = key.id
    where secret.digest is null or secret.expires_at <> 'infinity'`,
  "a rotated key without the secret of the value before": `
    select key.public_id from altalune_project_api_keys as key
    left join altalune_api_key_secrets as secret
      on secret.digest = key.previous_digest and secret.project_id = key.project_id and secret.api_key_id = key.id
    where key.previous_digest is not null
      and (secret.digest is null or secret.expires_at is distinct from key.previous_expires_at)`,
  "a secret without its key": `
    select encode(secret.digest, 'hex') from altalune_api_key_secrets as secret
    left join altalune_project_api_keys as key
      on key.project_id = secret.project_id and key.id = secret.api_key_id
      and secret.digest in (key.digest, key.previous_digest)
    where key.id is null`,
  "a key without the event of its creation": `
    select key.public_id from altalune_project_api_keys as key
    left join altalune_audit_events as event
      on event.project_id = key.project_id and event.resource_id = key.public_id
      and event.action in ('api_key.created', 'root_key.created')
    where event.sequence is null`,
  "an event of a creation without a key, or the event of its deletion": `
    select created.resource_id from altalune_audit_events as created
    left join altalune_project_api_keys as key
      on key.project_id = created.project_id and key.public_id = created.resource_id
    left join altalune_audit_events as deleted
      on deleted.project_id = created.project_id and deleted.resource_id = created.resource_id
      and deleted.action = 'api_key.deleted'
    where created.action = 'api_key.created' and (key.id is null) = (deleted.sequence is null)`,
  "a revocation without its event, or the event without it": `
    select key.public_id from altalune_project_api_keys as key
    left join altalune_audit_events as event
      on event.project_id = key.project_id and event.resource_id = key.public_id
      and event.action in ('api_key.revoked', 'root_key.revoked')
    where (key.revoked_at is null) <> (event.sequence is null)`,
  "a value that the last event of the key does not speak of": `
    select key.public_id from altalune_project_api_keys as key
    join lateral (
      select event.action, event.detail from altalune_audit_events as event
      where event.project_id = key.project_id and event.resource_id = key.public_id
        and event.action in ('api_key.created', 'api_key.rotated')
      order by event.sequence desc limit 1
    ) as made on true
    where made.detail->>'key_prefix' <> key.display_prefix
      or (made.action = 'api_key.rotated') <> (key.last_rotated_at is not null)`,
  "a trail with a gap, or a head that is not its end": `
    select head.project_id from altalune_audit_heads as head
    left join (
      select project_id, count(*) as events, max(sequence) as last from altalune_audit_events group by project_id
    ) as trail on trail.project_id = head.project_id
    where head.sequence <> coalesce(trail.last, 0) or head.sequence <> coalesce(trail.events, 0)`,
  "an owner with more live keys than the project allows": `
    select key.owner_id || ' of ' || project.public_id from altalune_project_api_keys as key
    join altalune_projects as project on project.id = key.project_id
    where project.max_keys_per_owner > 0 and key.owner_id <> ''
      and key.revoked_at is null and key.expires_at > altalune_now()
    group by project.public_id, project.max_keys_per_owner, key.owner_id
    having count(*) > project.max_keys_per_owner`,
  "two live keys of one owner with the same name": `
    select key.name from altalune_project_api_keys as key
    where key.revoked_at is null
    group by key.project_id, key.owner_id, key.name
    having count(*) > 1`,
  "a key of a tier that does not exist": `
    select key.public_id from altalune_project_api_keys as key
    left join altalune_tiers as tier on tier.name = key.tier
    where key.tier <> '' and tier.name is null`,
  "a key that never expires, where its project does not let it": `
    select key.public_id from altalune_project_api_keys as key
    join altalune_projects as project on project.id = key.project_id
    where key.expires_at = 'infinity' and not project.allow_never_expires`,
  "the name of a request that made nothing": `
    select request.request_id from altalune_request_ids as request
    left join altalune_audit_events as event on event.resource_id = request.resource_id
    where event.sequence is null`,
  "a database that does not wait for its disk": `
    select name from pg_settings
    where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting <> 'on'`,
};

/** Sentences on what is wrong; none: the database is whole. */
export async function inconsistencies(client: pg.Client): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [sentence, query] of Object.entries(impossible)) {
    const { rows } = await client.query({ text: query, rowMode: "array" });
    found.push(...rows.slice(0, 5).map(([what]) => `${sentence}: ${what}`));
  }
  return found;
}
