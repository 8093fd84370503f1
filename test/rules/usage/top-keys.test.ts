import { expect } from "vitest";
import { Granularity } from "../../../gen/altalune/v1/usage_pb.js";
import type { RootKeyRequest } from "../../../src/domain/root_key/model.js";
import { usageRepo } from "../../../src/domain/usage/repo.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newRootKey } from "../authority/root-keys.js";
import { usageOf } from "./expected-counts.js";
import { batchOf, hourMs, newKey, revoked, valid } from "./journal.js";

const period = () => ({ startTime: fromNow(-dayMs), endTime: fromNow(hourMs), granularity: Granularity.DAY });

/** Makes keys that are verified so often, the last time for a scope that they do not have, and waits until that is written. */
async function keysVerified({ clients }: TestInstance, projectId: string, ...times: number[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [place, count] of times.entries()) {
    const { id, value } = await newApiKey(clients, projectId, { name: `key ${place}`, scopes: ["a"] });
    for (let n = 1; n <= count; n++) {
      await clients.verification.verifyApiKey({ key: value, requiredScopes: [n === count ? "b" : "a"] });
    }
    ids.push(id);
  }
  const written = async () => sum([Object.fromEntries(await usageOf(clients, projectId))]);
  await expect.poll(written, { timeout: 10_000 }).toBe(BigInt(times.reduce((total, count) => total + count, 0)));
  return ids;
}

function sum(counts: readonly Readonly<Record<string, bigint>>[]): bigint {
  return counts.flatMap((byCode) => Object.values(byCode)).reduce((total, count) => total + count, 0n);
}

test("the keys that were verified most often are told in that order, to the number, and add up to the buckets", async ({
  instance,
}) => {
  const { usage } = instance.clients;
  const projectId = await newProject(instance.clients);
  const [second = "", none, first] = await keysVerified(instance, projectId, 3, 0, 5);
  await keysVerified(instance, await newProject(instance.clients), 9);
  const { buckets, topKeys } = await usage.getUsage({ projectId, ...period(), topKeys: 10 });
  expect(topKeys).toMatchObject([
    {
      apiKeyId: first,
      name: "key 2",
      counts: { VERIFICATION_CODE_VALID: 4n, VERIFICATION_CODE_INSUFFICIENT_SCOPE: 1n },
    },
    {
      apiKeyId: second,
      name: "key 0",
      counts: { VERIFICATION_CODE_VALID: 2n, VERIFICATION_CODE_INSUFFICIENT_SCOPE: 1n },
    },
  ]);
  expect(topKeys.map(({ apiKeyId }) => apiKeyId)).not.toContain(none);
  expect(sum(topKeys.map(({ counts }) => counts))).toBe(sum(buckets.map(({ counts }) => counts)));

  const one = await usage.getUsage({ projectId, ...period(), topKeys: 1 });
  expect(one.topKeys.map(({ apiKeyId }) => apiKeyId)).toEqual([first]);
  const ofOne = await usage.getUsage({ projectId, apiKeyId: second, ...period(), topKeys: 10 });
  expect(ofOne.topKeys.map(({ apiKeyId }) => apiKeyId)).toEqual([second]);
});

test("what still lies in the journal counts, and a key that was deleted keeps its place without a name", async ({
  instance,
}) => {
  const { clients, db } = instance;
  const key = await newKey(instance);
  const { public_id: projectId } = await db
    .selectFrom("altalune_projects")
    .select("public_id")
    .where("id", "=", key.projectId)
    .executeTakeFirstOrThrow();
  const [left = ""] = await keysVerified(instance, projectId, 1);
  const hour = Math.floor(Date.now() / hourMs) * hourMs;
  await usageRepo.appendToJournal(db, "top keys", batchOf(key, 1n, hour, [valid, valid, revoked]));
  const { data } = await clients.apiKeys.queryApiKeys({ projectId });
  const gone = data.find(({ id }) => id !== left);
  const ask = async () => (await clients.usage.getUsage({ projectId, ...period(), topKeys: 5 })).topKeys;
  const counts = { VERIFICATION_CODE_VALID: 2n, VERIFICATION_CODE_REVOKED: 1n };
  expect(await ask()).toMatchObject([{ apiKeyId: gone?.id, name: gone?.name, counts }, { apiKeyId: left }]);
  await clients.apiKeys.deleteApiKey({ projectId, apiKeyId: gone?.id ?? "" });
  expect(await ask()).toMatchObject([{ apiKeyId: "", name: "", counts }, { apiKeyId: left }]);
});

test("unless it is asked for no key is told of, and more than 100 are refused", async ({ instance }) => {
  const { usage } = instance.clients;
  const projectId = await newProject(instance.clients);
  await keysVerified(instance, projectId, 1);
  expect((await usage.getUsage({ projectId, ...period() })).topKeys).toEqual([]);
  const denial = await denialOf(usage.getUsage({ projectId, ...period(), topKeys: 101 }));
  expect(denial.fields).toEqual(["top_keys"]);
});

test("keys are named to who may read them, and to nobody else", async ({ instance }) => {
  const projectId = await newProject(instance.clients);
  const { id } = await newApiKey(instance.clients, projectId);
  const clientsFor = async (scopes: RootKeyRequest["scopes"]) =>
    instance.clientsWith((await newRootKey(instance, { scopes })).value);
  const { usage } = await clientsFor(["usage:read"]);
  for (const asked of [{ projectId }, { projectId, apiKeyId: id }, { projectId: "23456789abcdef" }]) {
    expect(await denialOf(usage.getUsage({ ...asked, ...period(), topKeys: 1 }))).toMatchObject({
      code: "PermissionDenied",
      reason: "PERMISSION_MISSING",
    });
  }
  expect((await usage.getUsage({ projectId, ...period() })).buckets).toEqual([]);
  const reader = await clientsFor(["usage:read", "api_keys:read"]);
  expect((await reader.usage.getUsage({ projectId, ...period(), topKeys: 1 })).topKeys).toEqual([]);
});
