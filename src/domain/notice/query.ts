import { type RawBuilder, sql } from "kysely";
import { type NoticeKind, noticeKindNumbers } from "./model.js";

/** Whether users of Altalune own keys of a project, in a statement that has it as `project`. */
const letsUsersOwn = sql`coalesce((project.owner_access ->> 'allow_users')::boolean, false)`;

/** Whether anybody may be sent mail about a project, in a statement that has it as `project`. */
export const isHeardOf = sql<boolean>`
  (project.deleted_at is null and project.id <> 0 and (cardinality(project.contact_emails) > 0 or ${letsUsersOwn}))
`;

/** What tells the settings and addresses of a project from those before. */
export const fingerprint = sql`
  md5(concat_ws(' ', project.contact_emails::text, project.notices::text, ${letsUsersOwn}::text))
`;

/**
 * Who is told of something of a project, in a statement that has it as `project`: its contacts, and the user who owns the key, if it is
 * known that the address is that user's. Strangers who registered may have given anybody's.
 *
 * @param ownerId whose key it is; null where it is about none
 */
export function recipientsOf(ownerId: RawBuilder<unknown>) {
  return sql`(
    select unnest(project.contact_emails) as address
    union
    select owner.email from altalune_users as owner
    where ${letsUsersOwn} and owner.public_id = ${ownerId} and not owner.disabled and owner.username is not null
      and (
        owner.email_is_known or exists (select from altalune_user_identities as identity where identity.user_id = owner.id)
      )
  )`;
}

/** Whether a project wants no mail of a kind, in a statement that has it as `project`. */
export function isMuted(kind: RawBuilder<unknown>) {
  return sql`coalesce(project.notices -> 'muted' @> to_jsonb(${kind}), false)`;
}

/** The number of a kind, written out. */
export function numberOf(kind: NoticeKind) {
  return sql.lit(noticeKindNumbers[kind]);
}
