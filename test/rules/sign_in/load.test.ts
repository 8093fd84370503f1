import { sql } from "kysely";
import { expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";
import { ask, newPerson, signIn, untilOneWaits } from "./people.js";

test("however many ask for their authenticators at once, verification and changes find connections", async () => {
  await using altalune = await startTestInstance();
  const { cookie } = await signIn(altalune, await newPerson(altalune, UserRole.VIEWER));
  const { value } = await newApiKey(altalune.clients, await newProject(altalune.clients));
  const transaction = await altalune.db.startTransaction().execute();
  await sql`lock table altalune_user_totp`.execute(transaction);
  const asked = Array.from({ length: 60 }, () => ask(altalune, "GET /api/auth/totp", { cookie }));
  await untilOneWaits(altalune.db);
  expect((await altalune.clients.verification.verifyApiKey({ key: value })).code).toBe(VerificationCode.VALID);
  await newProject(altalune.clients);
  await transaction.commit().execute();
  expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
});

test("however many sign in at once, verification and changes find connections", async () => {
  // A small pool takes fewer to fill: each has his password checked within its 20 seconds on a slow machine, too.
  await using altalune = await startTestInstance({
    env: { ALTALUNE_TRUSTED_PROXIES: "loopback", ALTALUNE_DATABASE_POOL: "12" },
  });
  const projectId = await newProject(altalune.clients);
  const { value } = await newApiKey(altalune.clients, projectId);
  const transaction = await altalune.db.startTransaction().execute();
  await sql`lock table altalune_users`.execute(transaction);
  const attempts = Array.from({ length: 24 }, async (_, i) => {
    const headers = { "x-forwarded-for": `198.51.100.${i}` };
    return (await signIn(altalune, { username: `nobody-${i}`, password: "wrong-password" }, { headers })).answer.status;
  });
  await untilOneWaits(altalune.db);
  const verdict = await altalune.clients.verification.verifyApiKey({ key: value });
  expect(verdict.code).toBe(VerificationCode.VALID);
  await newProject(altalune.clients);
  expect(await lockWaits(altalune.db)).toBeLessThanOrEqual(1);
  await transaction.commit().execute();
  expect(new Set(await Promise.all(attempts))).toEqual(new Set([401]));
});

test("however many strangers try passwords, a user changes one", async () => {
  await using altalune = await startTestInstance({ env: { ALTALUNE_TRUSTED_PROXIES: "loopback" } });
  const ada = await newPerson(altalune, UserRole.VIEWER);
  const { cookie } = await signIn(altalune, ada);
  let isOver = false;
  let busy = 0;
  const flood = Array.from({ length: 260 }, async (_, i) => {
    for (let tries = 0; !isOver; tries += 1) {
      const headers = { "x-forwarded-for": `198.18.${i}.${tries % 256}` };
      const { answer } = await signIn(
        altalune,
        { username: `nobody-${i}-${tries}`, password: "wrong-password" },
        { headers },
      );
      busy += answer.body.error === "SIGN_IN_BUSY" ? 1 : 0;
    }
  });
  await expect.poll(() => busy, { timeout: 60_000 }).toBeGreaterThan(20);
  const body = { current_password: ada.password, new_password: "copper-lantern-92-moth" };
  const { status } = await ask(altalune, "PUT /api/auth/password", { cookie, body });
  isOver = true;
  await Promise.all(flood);
  expect(status).toBe(204);
}, 120_000);
