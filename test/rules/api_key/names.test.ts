import { beforeEach, describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { expireKey } from "../../support/expire.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";

const taken = { code: "AlreadyExists", reason: "API_KEY_NAME_TAKEN" };

let altalune: TestInstance;
let projectId: string;
let first: { id: string };
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});
beforeEach(async () => {
  projectId = await newProject(altalune.clients);
  first = await newApiKey(altalune.clients, projectId, { name: "deploy", ownerId: "alice" });
});

function createNamed(name: string, ownerId: string, inProject = projectId) {
  return newApiKey(altalune.clients, inProject, { name, ownerId });
}

function rename(apiKeyId: string, name: string) {
  return altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId, name });
}

describe("the name of a key", () => {
  test("is taken for its owner", async () => {
    expect(await denialOf(createNamed("deploy", "alice"))).toMatchObject(taken);
    const { data } = await altalune.clients.apiKeys.queryApiKeys({ projectId });
    expect(data.map(({ id }) => id)).toEqual([first.id]);
    const trail = await altalune.clients.audit.queryAuditEvents({ projectId });
    expect(trail.data.map(({ action }) => action)).toEqual(["api_key.created", "project.created"]);
  });

  test("is free for another owner, for nobody, and in another project", async () => {
    await createNamed("deploy", "bob");
    await createNamed("deploy", "");
    await createNamed("deploy", "alice", await newProject(altalune.clients));
  });

  test("is taken once among the keys of nobody", async () => {
    await createNamed("nightly", "");
    expect(await denialOf(createNamed("nightly", ""))).toMatchObject(taken);
  });

  test("is told apart by its letters' case", async () => {
    await createNamed("Deploy", "alice");
  });

  test("is free again when the key is deleted", async () => {
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: first.id });
    await createNamed("deploy", "alice");
    expect(await denialOf(createNamed("deploy", "alice"))).toMatchObject(taken);
  });

  test("is free again when the key is revoked, as often as that happens", async () => {
    const reason = RevocationReason.SUPERSEDED;
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: first.id, reason });
    const second = await createNamed("deploy", "alice");
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: second.id, reason });
    await createNamed("deploy", "alice");
  });

  test("stays taken while the key is off", async () => {
    await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: first.id });
    expect(await denialOf(createNamed("deploy", "alice"))).toMatchObject(taken);
  });

  test("stays taken when the key has expired", async () => {
    await expireKey(altalune.db, first.id);
    expect(await denialOf(createNamed("deploy", "alice"))).toMatchObject(taken);
  });
});

describe("a key cannot be renamed", () => {
  test("to the name of another key of its owner", async () => {
    const second = await createNamed("backup", "alice");
    expect(await denialOf(rename(second.id, "deploy"))).toMatchObject(taken);
    expect((await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: second.id })).apiKey?.name).toBe("backup");
    expect(await actionsOf(altalune.clients, projectId, second.id)).toEqual(["api_key.created"]);
  });

  test("to the name of another key of nobody", async () => {
    await createNamed("nightly", "");
    const second = await createNamed("weekly", "");
    expect(await denialOf(rename(second.id, "nightly"))).toMatchObject(taken);
  });
});

describe("a key can be renamed", () => {
  test("to the name of a key of another owner", async () => {
    const second = await createNamed("backup", "bob");
    expect((await rename(second.id, "deploy")).apiKey).toMatchObject({ name: "deploy", ownerId: "bob" });
  });

  test("to the name that it has", async () => {
    expect((await rename(first.id, "deploy")).apiKey).toMatchObject({ name: "deploy" });
  });

  test("and its old name is free", async () => {
    await rename(first.id, "renamed");
    await createNamed("deploy", "alice");
  });
});
