import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { altalune, type Environment } from "./command.js";
import { query } from "./databases.js";
import { altaluneHere } from "./in-process.js";

let instance: TestInstance;
let env: Environment;
beforeAll(async () => {
  instance = await startTestInstance();
  env = { DATABASE_URL: instance.databaseUrl, ALTALUNE_MASTER_KEY: instance.masterKey };
});
afterAll(() => instance.stop());

describe("root-key create", () => {
  test("prints a key, alone on stdout, that may do what it was made for on the running server", async () => {
    const projectId = await newProject(instance.clients);
    const { code, stdout, stderr } = await altalune(
      ["root-key", "create", "--scope", "api_keys:read", "api_keys:write", "--project", projectId, "--name", "deploy"],
      env,
    );
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^root key \S{14}, not shown again:\n$/),
    });
    expect(stdout).toMatch(/^alt_root_[0-9A-Za-z]{49}\n$/);

    const clients = instance.clientsWith(stdout.trim());
    await newApiKey(clients, projectId);
    await expect(clients.projects.getProject({ projectId })).rejects.toThrow(/projects:read/);
    const elsewhere = await newProject(instance.clients);
    await expect(newApiKey(clients, elsewhere)).rejects.toThrow(/no such project/);
  });

  test.each([
    ["no scope", [], /required option '--scope/],
    [
      "a project that there is not",
      ["--scope", "*", "--project", "22222222222222"],
      /^altalune: --project must be the/,
    ],
  ])("with %s says what is wrong, and writes nothing", async (_what, options, sentence) => {
    const before = await stored();
    const { code, stdout, stderr } = await altaluneHere(["root-key", "create", ...options], env);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(sentence) });
    expect(stderr.trim()).not.toContain("\n");
    expect(await stored()).toEqual(before);
  });

  test("with a name that is taken says so", async () => {
    await altaluneHere(["root-key", "create", "--scope", "*", "--name", "twice"], env);
    const { code, stderr } = await altaluneHere(["root-key", "create", "--scope", "*", "--name", "twice"], env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^altalune: .*name/) });
  });
});

describe("root-key list", () => {
  test("shows each key with what it may do, and no value", async () => {
    const projectId = await newProject(instance.clients);
    const made = await altaluneHere(
      ["root-key", "create", "--scope", "usage:read", "--project", projectId, "--name", "reporting", "--expires", "1d"],
      env,
    );
    const { code, stdout } = await altalune(["root-key", "list"], env);
    expect(code).toBe(0);
    const [header, first] = stdout.split("\n");
    expect(header).toMatch(/^ID +NAME +STATUS +KEY +SCOPES +PROJECTS +EXPIRES$/);
    expect(first).toMatch(new RegExp(`^\\S{14} +reporting +active +alt_root_\\w{5}… +usage:read +${projectId} +20`));
    expect(stdout).not.toMatch(/alt_root_\w{6}/);
    expect(stdout).not.toContain(made.stdout.trim().slice(-44));
    expect(stdout).toContain("first root key");
  });
});

describe("root-key revoke", () => {
  test("ends a key at once on the running server", async () => {
    const made = await altaluneHere(["root-key", "create", "--scope", "*", "--name", "to be revoked"], env);
    const clients = instance.clientsWith(made.stdout.trim());
    await clients.projects.queryProjects({});
    await clients.projects.queryProjects({});
    const id = /root key (\S{14})/.exec(made.stderr)?.[1] ?? "";
    const revoked = await altalune(["root-key", "revoke", id], env);
    expect(revoked).toEqual({ code: 0, stdout: "", stderr: `root key ${id} is revoked\n` });
    await expect(clients.projects.queryProjects({})).rejects.toMatchObject({ code: 16 });
    expect((await altaluneHere(["root-key", "list"], env)).stdout).toMatch(new RegExp(`${id} +to be revoked +revoked`));
    const { data } = await instance.clients.audit.queryAuditEvents({
      query: { filters: { resource_id: { values: [id] } } },
    });
    expect(data).toMatchObject([
      { action: "root_key.revoked", actor: "cli" },
      { action: "root_key.created", actor: "cli" },
    ]);
  });

  test("does not repeat a key that is given in the place of its id", async () => {
    const { code, stderr } = await altaluneHere(["root-key", "revoke", instance.rootKey], env);
    expect(code).toBe(1);
    expect(stderr).not.toContain(instance.rootKey.slice(9));
    await instance.clients.projects.queryProjects({});
  });

  test("does not reach the keys of projects", async () => {
    const projectId = await newProject(instance.clients);
    const { id } = await newApiKey(instance.clients, projectId);
    const { code, stderr } = await altaluneHere(["root-key", "revoke", id], env);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^altalune: there is no root key/) });
    const { apiKey } = await instance.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    expect(apiKey?.revokedAt).toBeUndefined();
  });
});

async function stored(): Promise<unknown> {
  return [
    await query(env, "select * from altalune_project_api_keys order by id"),
    await query(env, "select * from altalune_audit_events order by project_id, sequence"),
  ];
}
