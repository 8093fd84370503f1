import { createHash } from "node:crypto";
import { beforeEach, describe, expect } from "vitest";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

let altalune: TestInstance;
let here: string;
let there: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  [here, there] = [await newProject(altalune.clients), await newProject(altalune.clients)];
});

const digestOf = (value: string) => createHash("sha256").update(value).digest();

/** With a root key that reaches these projects alone. */
async function callerFor(...projects: string[]): Promise<Clients> {
  const { keyValue } = await altalune.services.rootKeys.create(commandLineCaller, {
    name: uniqueName("finder"),
    scopes: ["api_keys:read"],
    projects,
    expiresAt: undefined,
  });
  return altalune.clientsWith(keyValue);
}

async function idsOf(
  clue: Parameters<Clients["apiKeys"]["findApiKeys"]>[0],
  clients: Clients = altalune.clients,
): Promise<readonly string[]> {
  return (await clients.apiKeys.findApiKeys(clue)).data.map(({ id }) => id);
}

describe("a key is found in any project that the caller reaches", () => {
  test("by its id, by the prefix that is shown, and by the digest of its value; it names its project", async () => {
    const key = await newApiKey(altalune.clients, there);
    const { data } = await altalune.clients.apiKeys.findApiKeys({ apiKeyId: key.id });
    expect(data).toMatchObject([{ id: key.id, projectId: there }]);
    expect(await idsOf({ digest: digestOf(key.value) })).toEqual([key.id]);
    expect(await idsOf({ keyPrefix: data[0]?.keyPrefix ?? "" })).toContain(key.id);
  });

  test("and in no other", async () => {
    const [mine, other] = [await newApiKey(altalune.clients, here), await newApiKey(altalune.clients, there)];
    const caller = await callerFor(here);
    expect(await idsOf({ apiKeyId: mine.id }, caller)).toEqual([mine.id]);
    expect(await idsOf({ apiKeyId: other.id }, caller)).toEqual([]);
    expect(await idsOf({ digest: digestOf(other.value) }, caller)).toEqual([]);
  });

  test("never a root key, nor one that was deleted, nor one of a deleted project", async () => {
    expect(await idsOf({ digest: digestOf(altalune.rootKey) })).toEqual([]);
    const [deleted, gone] = [await newApiKey(altalune.clients, here), await newApiKey(altalune.clients, there)];
    await altalune.clients.apiKeys.deleteApiKey({ projectId: here, apiKeyId: deleted.id });
    await altalune.clients.projects.deleteProject({ projectId: there });
    for (const { id, value } of [deleted, gone]) {
      expect(await idsOf({ apiKeyId: id })).toEqual([]);
      expect(await idsOf({ digest: digestOf(value) })).toEqual([]);
    }
  });

  test("by the value before a rotation, until its grace period ends", async () => {
    const [kept, ended] = [await newApiKey(altalune.clients, here), await newApiKey(altalune.clients, here)];
    await altalune.clients.apiKeys.rotateApiKey({
      projectId: here,
      apiKeyId: kept.id,
      gracePeriod: { seconds: 60n, nanos: 0 },
    });
    await altalune.clients.apiKeys.rotateApiKey({ projectId: here, apiKeyId: ended.id });
    expect(await idsOf({ digest: digestOf(kept.value) })).toEqual([kept.id]);
    expect(await idsOf({ digest: digestOf(ended.value) })).toEqual([]);
  });
});

describe("what is asked for", () => {
  test.each([
    ["nothing", {}, ""],
    ["two things", { keyPrefix: "sk-", apiKeyId: "22222222222222" }, ""],
    ["an id that is none", { apiKeyId: "short" }, "api_key_id"],
    ["a digest that is none", { digest: new Uint8Array(31) }, "digest"],
  ])("%s is refused", async (_what, clue, field) => {
    expect(await denialOf(altalune.clients.apiKeys.findApiKeys(clue))).toMatchObject({
      code: "InvalidArgument",
      fields: [field],
    });
  });

  test("a value itself is refused, and not repeated", async () => {
    const { value } = await newApiKey(altalune.clients, here);
    const denial = await denialOf(altalune.clients.apiKeys.findApiKeys({ keyPrefix: value }));
    expect(denial).toMatchObject({ code: "InvalidArgument" });
    expect(denial.message).not.toContain(value);
  });
});
