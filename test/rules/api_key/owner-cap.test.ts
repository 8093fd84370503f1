import { beforeEach, describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { expireKey } from "../../support/expire.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";

const full = { code: "ResourceExhausted", reason: "API_KEY_LIMIT_REACHED" };
const defaultCap = 5;

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients, { allowNeverExpires: true });
});

function createFor(ownerId: string) {
  return newApiKey(altalune.clients, projectId, { ownerId });
}

async function fill(ownerId: string, count = defaultCap): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    ids.push((await createFor(ownerId)).id);
  }
  return ids;
}

describe("an owner's cap", () => {
  test("lets five keys be made and refuses the sixth", async () => {
    await fill("alice");
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
    const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId });
    expect(data).toHaveLength(defaultCap);
  });

  test("is each owner's own, in each project", async () => {
    await fill("alice");
    await createFor("bob");
    projectId = await newProject(altalune.clients);
    await createFor("alice");
  });

  test("does not hold for keys without an owner", async () => {
    await fill("", defaultCap + 1);
  });

  test("of 0 is none", async () => {
    await altalune.clients.projects.updateProject({ projectId, maxKeysPerOwner: 0 });
    await fill("alice", defaultCap + 1);
  });

  test("is the project's to raise and to lower; a lower one ends no key", async () => {
    await altalune.clients.projects.updateProject({ projectId, maxKeysPerOwner: 2 });
    await fill("alice", 2);
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
    await altalune.clients.projects.updateProject({ projectId, maxKeysPerOwner: 3 });
    await createFor("alice");
    await altalune.clients.projects.updateProject({ projectId, maxKeysPerOwner: 1 });
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
    const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId });
    expect(data).toHaveLength(3);
  });

  test("does not count a deleted key", async () => {
    const [apiKeyId = ""] = await fill("alice");
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId });
    await createFor("alice");
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
  });

  test("does not count a revoked key", async () => {
    const [apiKeyId = ""] = await fill("alice");
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId, reason: RevocationReason.SUPERSEDED });
    await createFor("alice");
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
  });

  test("does not count an expired key", async () => {
    const [apiKeyId = ""] = await fill("alice");
    await expireKey(altalune.db, apiKeyId);
    await createFor("alice");
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
  });

  test("counts a key that is off", async () => {
    const [apiKeyId = ""] = await fill("alice");
    await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId });
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
  });

  test("lets a key that counts be extended, rotated and renamed", async () => {
    const [apiKeyId = ""] = await fill("alice");
    await altalune.clients.apiKeys.updateApiKey({
      projectId,
      apiKeyId,
      name: "renamed",
      expiration: fromNow(9 * dayMs),
    });
    await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId, expiration: fromNow(9 * dayMs) });
  });
});

describe("an expired key of an owner who holds as many as allowed", () => {
  let expired: string;
  beforeEach(async () => {
    [expired = ""] = await fill("alice");
    await expireKey(altalune.db, expired);
    await createFor("alice");
  });

  const revivals = [
    [
      "a new expiration",
      () => altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: expired, expiration: fromNow(dayMs) }),
    ],
    [
      "never_expires",
      () => altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: expired, neverExpires: true }),
    ],
    [
      "a rotation with a new expiration",
      () => altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: expired, expiration: fromNow(dayMs) }),
    ],
  ] as const;

  test.each(revivals)("is not brought back by %s", async (_how, revive) => {
    expect(await denialOf(revive())).toMatchObject(full);
    expect(await actionsOf(altalune.clients, projectId, expired)).toEqual(["api_key.created"]);
  });

  test.each(revivals)("is brought back by %s once there is room", async (_how, revive) => {
    await altalune.clients.projects.updateProject({ projectId, maxKeysPerOwner: defaultCap + 1 });
    await revive();
    expect(await denialOf(createFor("alice"))).toMatchObject(full);
  });

  test.each(revivals)("is revoked, not over the cap, for %s when it is both", async (_how, revive) => {
    const reason = RevocationReason.NO_LONGER_NEEDED;
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: expired, reason });
    expect(await denialOf(revive())).toMatchObject({ code: "FailedPrecondition", reason: "API_KEY_REVOKED" });
  });

  test("can be renamed, which does not bring it back", async () => {
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: expired, name: "renamed" });
  });
});

test("an expired key that several calls bring back at once counts once", async () => {
  const [expired = ""] = await fill("alice");
  await expireKey(altalune.db, expired);
  const extend = () =>
    altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: expired, expiration: fromNow(dayMs) });
  await Promise.all(Array.from({ length: 8 }, extend));
  expect(await denialOf(createFor("alice"))).toMatchObject(full);
});
