import { type Kysely, sql } from "kysely";

/**
 * Notes that a user signs in by a password, and from where, if the user is still as found before the password was checked: with this
 * password, not shut out, and with a second factor or without. False: one of these has changed, and the transaction must not commit.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
    create function altalune_has_second_factor(of_user bigint) returns boolean
    language plpgsql
    stable
    as $$
      begin
        return exists (select from altalune_user_totp where user_id = of_user and confirmed_at is not null)
          or exists (select from altalune_user_passkeys where user_id = of_user);
      end
    $$
  `.execute(db);
  await sql`
    create function altalune_note_login(of_user bigint, found_hash text, found_factor boolean, from_address text)
    returns boolean
    language plpgsql
    as $$
      begin
        update altalune_users set last_login_at = altalune_now()
        where id = of_user and password_hash = found_hash and not disabled;
        -- By another statement, which sees the factors of those whom the first has waited for: they lock the user, too.
        if not found or altalune_has_second_factor(of_user) <> found_factor then
          return false;
        end if;
        insert into altalune_user_addresses as known (user_id, address, last_login_at)
        values (of_user, from_address, altalune_now())
        on conflict on constraint altalune_user_addresses_pkey do update set last_login_at = excluded.last_login_at;
        return true;
      end
    $$
  `.execute(db);
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql`drop function altalune_note_login(bigint, text, boolean, text)`.execute(db);
  await sql`drop function altalune_has_second_factor(bigint)`.execute(db);
}
