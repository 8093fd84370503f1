import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, newPerson, type Person, untilOneWaits } from "./people.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
});
afterAll(() => altalune.stop());

const idOf = ({ id }: Person) => sql`(select id from altalune_users where public_id = ${id})`;

const changes = {
  "another password": (ada: Person) =>
    sql`update altalune_users set password_hash = password_hash || 'x' where id = ${idOf(ada)}`,
  "being shut out": (ada: Person) => sql`update altalune_users set disabled = true where id = ${idOf(ada)}`,
  "an authenticator": (ada: Person) => sql`
    insert into altalune_user_totp (user_id, secret, last_step, confirmed_at)
    values (${idOf(ada)}, ${randomBytes(20)}, 0, altalune_now())
  `,
  "a passkey": (ada: Person) => sql`
    insert into altalune_user_passkeys (public_id, user_id, name, credential_id, public_key, transports, sign_count)
    values (${ada.id}, ${idOf(ada)}, 'Laptop', ${randomBytes(32)}, ${randomBytes(32)}, '{}', 0)
  `,
} as const;

describe.each(["/api/auth/login", "/api/auth/token"])("POST %s", (route) => {
  test.each(Object.keys(changes) as (keyof typeof changes)[])(
    "begins no session where %s came after the password was checked",
    async (change) => {
      const ada = await newPerson(altalune, UserRole.VIEWER);
      const transaction = await altalune.db.startTransaction().execute();
      await sql`select from altalune_users where public_id = ${ada.id} for update`.execute(transaction);
      const answer = ask(altalune, `POST ${route}`, { body: { username: ada.username, password: ada.password } });
      await untilOneWaits(altalune.db);
      await changes[change](ada).execute(transaction);
      await transaction.commit().execute();
      expect(await answer).toMatchObject({ status: 401, body: { error: "CREDENTIALS_INVALID" } });
      const { rows } = await sql`select from altalune_user_sessions where user_id = ${idOf(ada)}`.execute(altalune.db);
      expect(rows).toEqual([]);
      const { user } = await altalune.clients.users.getUser({ userId: ada.id });
      expect(user?.lastLoginAt).toBeUndefined();
    },
  );
});
