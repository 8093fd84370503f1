import { afterAll, beforeAll, expect, test } from "vitest";
import { stopClockAt } from "../../support/clock.js";
import { newApiKey, newProject, newUser, uniqueName } from "../../support/fixtures.js";
import { race, startTwoInstances, type TwoInstances } from "./two-instances.js";

let altalune: TwoInstances;
beforeAll(async () => {
  altalune = await startTwoInstances();
});
afterAll(() => altalune.stop());

const twenty = Array.from({ length: 20 }, (_, i) => i);

test("of changes at once that have read the same key, one is made: an update, a rotation, a revocation or a deletion", async () => {
  const projectId = await newProject(altalune.clients(0));
  const { id: apiKeyId } = await newApiKey(altalune.clients(0), projectId);
  const { apiKey } = await altalune.clients(0).apiKeys.getApiKey({ projectId, apiKeyId });
  const meant = { projectId, apiKeyId, etag: apiKey?.etag ?? "" };
  const { won, lost } = await race<unknown>(
    twenty.map((i) => () => {
      const { apiKeys } = altalune.clients(i);
      return i % 4 === 0
        ? apiKeys.rotateApiKey(meant)
        : i % 4 === 1
          ? apiKeys.updateApiKey({ ...meant, name: uniqueName("key") })
          : i % 4 === 2
            ? apiKeys.revokeApiKey({ ...meant, reason: 2 })
            : apiKeys.deleteApiKey(meant);
    }),
  );
  expect(won).toHaveLength(1);
  const reasons = new Set(lost.map(({ reason }) => reason));
  // Of a key that was deleted there is no state.
  expect([["ETAG_MISMATCH"], ["API_KEY_NOT_FOUND"]]).toContainEqual([...reasons]);
  const { data } = await altalune.clients(1).audit.queryAuditEvents({ projectId });
  expect(data).toHaveLength(3);
});

test("of updates at once that have read the same project, one is made", async () => {
  const projectId = await newProject(altalune.clients(0));
  const { project } = await altalune.clients(0).projects.getProject({ projectId });
  const { won, lost } = await race(
    twenty.map(
      (i) => () =>
        altalune
          .clients(i)
          .projects.updateProject({ projectId, name: uniqueName("project"), etag: project?.etag ?? "" }),
    ),
  );
  expect(won).toHaveLength(1);
  expect(new Set(lost.map(({ code, reason }) => `${code} ${reason}`))).toEqual(new Set(["Aborted ETAG_MISMATCH"]));
});

test("of changes at once that have read the same tier or the same user, one is made", async () => {
  const { tiers, users } = altalune.clients(0);
  const { tier } = await tiers.upsertTier({ tier: { name: "raced" } });
  const userId = await newUser(altalune.clients(0));
  const { user } = await users.getUser({ userId });
  const ofTier = { name: "raced", etag: tier?.etag ?? "" };
  const ofUser = { userId, etag: user?.etag ?? "" };
  for (const [change, end] of [
    [
      (i: number) =>
        altalune.clients(i).tiers.upsertTier({ tier: { name: "raced", rateLimits: { perDay: i } }, ...ofTier }),
      (i: number) => altalune.clients(i).tiers.deleteTier(ofTier),
    ],
    [
      (i: number) => altalune.clients(i).users.updateUser({ ...ofUser, displayName: uniqueName("person") }),
      (i: number) => altalune.clients(i).users.deleteUser(ofUser),
    ],
  ] as const) {
    const { won, lost } = await race<unknown>(twenty.map((i) => () => (i % 4 === 0 ? end(i) : change(i))));
    expect(won).toHaveLength(1);
    const reasons = new Set(lost.map(({ reason }) => reason));
    // Of what was deleted there is no state.
    reasons.delete("ETAG_MISMATCH");
    expect([[], ["TIER_NOT_FOUND"], ["USER_NOT_FOUND"]]).toContainEqual([...reasons]);
  }
});

test("changes of one instant have different etags", async () => {
  const projectId = await newProject(altalune.clients(0));
  const { id: apiKeyId } = await newApiKey(altalune.clients(0), projectId);
  await stopClockAt(altalune.instances[0].db, new Date());
  const changed = await Promise.all(
    twenty.map((i) => altalune.clients(i).apiKeys.updateApiKey({ projectId, apiKeyId, tier: i % 2 ? "pro" : "free" })),
  );
  const times = changed.map(({ apiKey }) => `${apiKey?.updatedAt?.seconds} ${apiKey?.updatedAt?.nanos}`);
  expect(new Set(times).size).toBe(1);
  expect(new Set(changed.map(({ apiKey }) => apiKey?.etag)).size).toBe(twenty.length);
});
