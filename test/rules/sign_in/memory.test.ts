import { sql } from "kysely";
import { expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask, newPerson, signIn } from "./people.js";

const verify = async (instance: TestInstance, key: string, credential: { cookie?: string; token?: string }) =>
  (await ask(instance, "POST /v1/api_keys:verify", { ...credential, body: { key } })).status;

test("a session that is remembered is checked without the database, by cookie and by token", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_CACHE_LEASE: "10m" } });
  const { value: key } = await newApiKey(altalune.clients, await newProject(altalune.clients));
  const person = await newPerson(altalune, UserRole.DEVELOPER, { allProjects: true });
  const { cookie } = await signIn(altalune, person);
  const { access_token: token } = (await ask(altalune, "POST /api/auth/token", { cookie })).body;
  for (const credential of [{ cookie }, { token }]) {
    expect(await verify(altalune, key, credential)).toBe(200);
  }
  await sql`alter table altalune_user_sessions rename to taken_away`.execute(altalune.db);
  await sql`alter table altalune_token_keys rename to taken_away_too`.execute(altalune.db);
  for (const credential of [{ cookie }, { token }]) {
    expect(await verify(altalune, key, credential)).toBe(200);
  }
  await sql`alter table taken_away rename to altalune_user_sessions`.execute(altalune.db);
  await altalune.clients.users.revokeUserSessions({ userId: person.id });
  for (const credential of [{ cookie }, { token }]) {
    expect(await verify(altalune, key, credential)).toBe(401);
  }
});
