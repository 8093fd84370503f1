import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";
import { ask, newPerson, type Person, signIn } from "./people.js";

let altalune: TestInstance;
let ada: Person;
beforeAll(async () => {
  altalune = await startTestInstance();
  ada = await newPerson(altalune, UserRole.VIEWER);
});
afterAll(() => altalune.stop());

const refresh = (token: string) => ask(altalune, "POST /api/auth/token/refresh", { body: { refresh_token: token } });

/** How many statements that read wait for a lock. */
const waiting = () => lockWaits(altalune.db, "select%");

test("nobody gets tokens of a session that is ended at the same time", async () => {
  const { cookie } = await signIn(altalune, ada);
  const { refresh_token: token } = (await ask(altalune, "POST /api/auth/token", { cookie })).body;
  const { asked } = await altalune.db.transaction().execute(async (tx) => {
    await sql`delete from altalune_user_sessions where user_id = (select id from altalune_users where public_id = ${ada.id})`.execute(
      tx,
    );
    const both = Promise.all([ask(altalune, "POST /api/auth/token", { cookie }), refresh(token)]);
    await expect.poll(waiting).toBe(2);
    return { asked: both };
  });
  expect(await asked).toMatchObject([
    { status: 401, body: { error: "SESSION_INVALID" } },
    { status: 401, body: { error: "REFRESH_TOKEN_INVALID" } },
  ]);
});

test("refreshing, signing out and ending all sessions at once is answered, whoever comes first", async () => {
  const { cookie } = await signIn(altalune, ada);
  let token = "";
  const seen = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const { cookie: one } = await signIn(altalune, ada);
    ({ refresh_token: token } = (await ask(altalune, "POST /api/auth/token", { cookie: one })).body);
    const answers = await Promise.all([
      refresh(token),
      refresh(token),
      ask(altalune, "POST /api/auth/token", { cookie: one }),
      ask(altalune, "DELETE /api/auth/sessions", { cookie }),
      ask(altalune, "POST /api/auth/logout", { cookie: one }),
    ]);
    for (const { status } of answers) {
      seen.add(String(status));
    }
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  }
  expect(seen).toContain("204");
});

test.each([
  ["session tokens", "altalune_user_sessions", "alt_session_"],
  ["refresh tokens", "altalune_user_refresh_tokens", "alt_refresh_"],
])("%s that were made up take one connection at most, however many come at once", async (_what, table, prefix) => {
  const { asked } = await altalune.db.transaction().execute(async (tx) => {
    await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(tx);
    const all = Promise.all(
      Array.from({ length: 40 }, () => {
        const secret = newSecret(prefix);
        return prefix === "alt_refresh_"
          ? refresh(secret)
          : ask(altalune, "GET /api/auth/me", { cookie: `altalune_session=${secret}` });
      }),
    );
    await expect.poll(waiting).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await waiting()).toBe(1);
    return { asked: all };
  });
  expect(new Set((await asked).map(({ status }) => status))).toEqual(new Set([401]));
});

test("all instances together make one key for the first tokens", async () => {
  await using first = await startTestInstance();
  await using second = await startTestInstance({ beside: first });
  const { cookie } = await signIn(first, await newPerson(first, UserRole.VIEWER));
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => {
      const { url } = i % 2 === 0 ? first : second;
      return ask({ url }, "POST /api/auth/token", { cookie });
    }),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const { rows } = await sql`select id from altalune_token_keys`.execute(first.db);
  expect(rows).toHaveLength(1);
});
