import { afterAll, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";

let instances: readonly TestInstance[];
beforeAll(async () => {
  const first = await startTestInstance();
  instances = [first, await startTestInstance({ beside: first }), await startTestInstance({ beside: first })];
});
afterAll(async () => {
  for (const instance of [...instances].reverse()) {
    await instance.stop();
  }
});

const codeOn = async (instance: TestInstance, key: string): Promise<string> => {
  const { code } = await instance.clients.verification.verifyApiKey({ key, requiredScopes: ["orders:write"] });
  return VerificationCode[code] ?? "";
};

interface Target {
  readonly projectId: string;
  readonly apiKeyId: string;
}

const narrowings: readonly (readonly [string, string, (clients: Clients, target: Target) => Promise<unknown>])[] = [
  [
    "revoked",
    "REVOKED",
    ({ apiKeys }, target) => apiKeys.revokeApiKey({ ...target, reason: RevocationReason.SUPERSEDED }),
  ],
  ["switched off", "DISABLED", ({ apiKeys }, target) => apiKeys.deactivateApiKey(target)],
  ["deleted", "NOT_FOUND", ({ apiKeys }, target) => apiKeys.deleteApiKey(target)],
  [
    "left with fewer scopes",
    "INSUFFICIENT_SCOPE",
    ({ apiKeys }, target) => apiKeys.updateApiKey({ ...target, scopes: ["x"] }),
  ],
  ["rotated without a grace", "EXPIRED", ({ apiKeys }, target) => apiKeys.rotateApiKey(target)],
  ["of a deleted project", "NOT_FOUND", ({ projects }, { projectId }) => projects.deleteProject({ projectId })],
];

test.each(narrowings)(
  "a key that is %s is %s on every instance when the call has returned",
  async (_, code, narrow) => {
    for (const [i, changer] of instances.entries()) {
      const projectId = await newProject(changer.clients);
      const key = await newApiKey(changer.clients, projectId, { scopes: ["orders:*"] });
      // Twice, so that the second answer comes from memory.
      for (const instance of [...instances, ...instances]) {
        expect(await codeOn(instance, key.value)).toBe("VALID");
      }
      const answer = await narrow(changer.clients, { projectId, apiKeyId: key.id });
      expect(answer, `through instance ${i}`).toMatchObject({ propagation: { pendingInstances: 0 } });
      expect(await Promise.all(instances.map((instance) => codeOn(instance, key.value)))).toEqual([code, code, code]);
    }
  },
);

test("a shortened expiration is in force everywhere when the call has returned", async () => {
  const [first] = instances as [TestInstance];
  const projectId = await newProject(first.clients);
  const key = await newApiKey(first.clients, projectId, { scopes: ["*"] });
  for (const instance of instances) {
    expect(await codeOn(instance, key.value)).toBe("VALID");
  }
  await first.clients.apiKeys.updateApiKey({ projectId, apiKeyId: key.id, expiration: fromNow(1_000) });
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect(await Promise.all(instances.map((instance) => codeOn(instance, key.value)))).toEqual(Array(3).fill("EXPIRED"));
});

test("an instance whose listening connection is cut hears of the changes after it has connected again", async () => {
  const [first, second] = instances as [TestInstance, TestInstance];
  const projectId = await newProject(first.clients);
  const key = await newApiKey(first.clients, projectId, { scopes: ["*"] });
  expect(await codeOn(second, key.value)).toBe("VALID");
  await first.db.executeQuery(
    (await import("kysely")).sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'altalune listen' and datname = current_database()
    `.compile(first.db),
  );
  const { propagation } = await first.clients.apiKeys.revokeApiKey({
    projectId,
    apiKeyId: key.id,
    reason: RevocationReason.SUPERSEDED,
  });
  const effectiveAt = Number(propagation?.effectiveAt?.seconds ?? 0n) * 1000;
  expect(propagation?.pendingInstances === 0 || effectiveAt > Date.now() + 10_000).toBe(true);
  await expect.poll(() => codeOn(second, key.value), { timeout: 5_000 }).toBe("REVOKED");
});
