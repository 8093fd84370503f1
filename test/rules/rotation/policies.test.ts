import { expect } from "vitest";
import { UnclaimedValue } from "../../../gen/altalune/v1/rotation_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { owner } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";

const days = (count: number) => ({ seconds: BigInt(count * 86_400) });

const refused: Readonly<Record<string, readonly [policy: object, field: string]>> = {
  "neither an age nor a renewal": [{}, "every"],
  "less than a day": [{ every: { seconds: 86_399n } }, "every"],
  "more than 730 days": [{ every: days(731) }, "every"],
  "a grace of more than 30 days": [{ every: days(90), grace: days(31) }, "grace"],
  "a grace below 0": [{ every: days(90), grace: days(-1) }, "grace"],
  "a grace as long as the value is in force": [{ every: days(7), grace: days(7) }, "grace"],
  "an end of the value before at once": [{ every: days(7), unclaimed: UnclaimedValue.END }, "grace"],
  "an unknown choice": [{ every: days(7), unclaimed: 7 }, "unclaimed"],
  "a renewal without a lifetime": [{ beforeExpiry: days(30) }, "lifetime"],
  "a lifetime without a renewal": [{ every: days(7), lifetime: days(30) }, "before_expiry"],
  "a renewal as early as the lifetime is long": [{ beforeExpiry: days(30), lifetime: days(30) }, "before_expiry"],
  "a renewal earlier than 90 days": [{ beforeExpiry: days(91), lifetime: days(300) }, "before_expiry"],
  "a lifetime of more than 730 days": [{ beforeExpiry: days(30), lifetime: days(731) }, "lifetime"],
};

test.for(Object.entries(refused))(
  "a policy of %s is refused by its field, on a key and on a project, and nothing is changed",
  async ([_what, [rotationPolicy, field]], { instance: { clients } }) => {
    const projectId = await newProject(clients);
    const { id } = await newApiKey(clients, projectId);
    const denied = { code: "InvalidArgument", fields: [`rotation_policy.${field}`] };
    expect(await denialOf(newApiKey(clients, projectId, { rotationPolicy }))).toMatchObject(denied);
    const update = clients.apiKeys.updateApiKey({ projectId, apiKeyId: id, rotationPolicy });
    expect(await denialOf(update)).toMatchObject(denied);
    expect(await denialOf(clients.projects.updateProject({ projectId, rotationPolicy }))).toMatchObject(denied);
    expect(await denialOf(newProject(clients, { rotationPolicy }))).toMatchObject(denied);
    const { apiKey } = await clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    expect(apiKey?.rotationPolicy).toBeUndefined();
    expect((await clients.apiKeys.queryApiKeys({ projectId })).data).toHaveLength(1);
  },
);

test("a key keeps its policy, changes it and loses it", async ({ instance: { clients } }) => {
  const projectId = await newProject(clients);
  const rotationPolicy = { every: days(30), grace: days(2), unclaimed: UnclaimedValue.END };
  const expiration = fromNow(300 * dayMs);
  const { id: apiKeyId } = await newApiKey(clients, projectId, { expiration, rotationPolicy });
  const stored = async () => (await clients.apiKeys.getApiKey({ projectId, apiKeyId })).apiKey;
  const made = await stored();
  expect(made?.rotationPolicy).toMatchObject(rotationPolicy);
  const { data } = await clients.apiKeys.queryApiKeys({ projectId });
  expect(data[0]?.nextRotationAt).toEqual(made?.nextRotationAt);

  await clients.apiKeys.updateApiKey({ projectId, apiKeyId, name: "another" });
  expect((await stored())?.rotationPolicy).toEqual(made?.rotationPolicy);
  const renewal = { beforeExpiry: days(30), lifetime: days(365) };
  await clients.apiKeys.updateApiKey({ projectId, apiKeyId, rotationPolicy: renewal });
  const renewed = (await stored())?.rotationPolicy;
  expect(renewed).toMatchObject({ ...renewal, unclaimed: UnclaimedValue.KEEP, grace: { seconds: 0n } });
  expect(renewed?.every).toBeUndefined();
  await clients.apiKeys.updateApiKey({ projectId, apiKeyId, updateMask: { paths: ["rotation_policy"] } });
  expect((await stored())?.rotationPolicy).toBeUndefined();
  expect((await stored())?.nextRotationAt).toBeUndefined();
});

test("a project's policy is that of keys that are created without one, by an owner too; others keep what they have", async ({
  instance,
}) => {
  const { clients } = instance;
  const rotationPolicy = { every: days(30), beforeExpiry: days(10), lifetime: days(90) };
  const projectId = await newProject(clients);
  const before = await newApiKey(clients, projectId);
  await clients.projects.updateProject({ projectId, rotationPolicy });
  expect((await clients.projects.getProject({ projectId })).project?.rotationPolicy).toMatchObject(rotationPolicy);
  const policyOf = async (apiKeyId: string) =>
    (await clients.apiKeys.getApiKey({ projectId, apiKeyId })).apiKey?.rotationPolicy;

  const expiration = fromNow(60 * dayMs);
  expect(await policyOf((await newApiKey(clients, projectId, { expiration })).id)).toMatchObject(rotationPolicy);
  const own = { every: days(7) };
  const other = await newApiKey(clients, projectId, { expiration, rotationPolicy: own });
  expect((await policyOf(other.id))?.beforeExpiry).toBeUndefined();
  const alice = await owner(instance, projectId, "alice");
  const { apiKey } = await alice.createMyApiKey({ name: "Laptop" });
  expect(apiKey?.rotationPolicy).toMatchObject(rotationPolicy);
  expect(await policyOf(before.id)).toBeUndefined();

  // Who makes a key for a day wants its end.
  const short = await policyOf((await newApiKey(clients, projectId)).id);
  expect(short).toMatchObject({ every: days(30) });
  expect([short?.beforeExpiry, short?.lifetime]).toEqual([undefined, undefined]);
  await clients.projects.updateProject({ projectId, updateMask: { paths: ["rotation_policy"] } });
  expect(await policyOf((await newApiKey(clients, projectId, { expiration })).id)).toBeUndefined();
});
