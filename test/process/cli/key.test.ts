import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { actionsOf } from "../../support/trail.js";
import { altalune, type Environment } from "./command.js";
import { altaluneHere } from "./in-process.js";

let instance: TestInstance;
let env: Environment;
let projectId: string;
beforeAll(async () => {
  instance = await startTestInstance();
  env = { DATABASE_URL: instance.databaseUrl, ALTALUNE_MASTER_KEY: instance.masterKey };
  projectId = await newProject(instance.clients, { keyPrefix: "sk-" });
});
afterAll(() => instance.stop());

describe("altalune key", () => {
  test("find lists a key by its id, by the start that is shown, and by its value on stdin", async () => {
    const { id, value } = await newApiKey(instance.clients, projectId, { ownerId: "alice" });
    const runs = [
      await altaluneHere(["key", "find", id], env),
      await altaluneHere(["key", "find", value.slice(0, 8)], env),
      await altalune(["key", "find", "-"], env, `${value}\n`),
    ];
    for (const { code, stdout, stderr } of runs) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^${id}  ${projectId}  .*  alice  active  sk-.{5}…  `, "m"));
      expect(stdout).not.toContain(value);
    }
  });

  test("a value among the arguments, where others see it, is not taken, nor repeated", async () => {
    const { value } = await newApiKey(instance.clients, projectId);
    const { code, stdout, stderr } = await altaluneHere(["key", "find", value], env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^altalune: a key's value does not belong into the arguments: give - /);
    expect(stderr).not.toContain(value);
  });

  test("show prints what is known of a key, without a secret", async () => {
    const { id, value } = await newApiKey(instance.clients, projectId, { ownerId: "bob", scopes: ["orders:read"] });
    const { code, stdout } = await altaluneHere(["key", "show", id], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^owner: +bob$/m);
    expect(stdout).toMatch(/^scopes: +orders:read$/m);
    expect(stdout).toMatch(/^status: +active$/m);
    expect(stdout).not.toContain(value);
  });

  test("revoke ends a pasted value on the running server, by the time that it says so", async () => {
    const { id, value } = await newApiKey(instance.clients, projectId);
    expect(await instance.clients.verification.verifyApiKey({ key: value })).toMatchObject({ valid: true });
    const { code, stderr } = await altalune(["key", "revoke", "-", "--reason", "key_compromised"], env, value);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `key ${id} is revoked\n` });
    expect(await instance.clients.verification.verifyApiKey({ key: value })).toMatchObject({ valid: false });
    expect(await actionsOf(instance.clients, projectId, id)).toEqual(["api_key.created", "api_key.revoked"]);
  });

  test.each([
    [["find", "zzzzzzzzzzzzzz"], /^altalune: there is no such key/],
    [["revoke", "zzzzzzzzzzzzzz"], /^altalune: there is no such key/],
    [["revoke", "zzzzzzzzzzzzzz", "--reason", "bored"], /^altalune: --reason must be one of key_compromised, /],
    [["revoke", "zzzzzzzzzzzzzz", "--comment", "x".repeat(501)], /^altalune: --comment must be at most 500 characters/],
    [["find"], /missing required argument 'key'/],
  ])("%j says what is wrong", async (args, sentence) => {
    const { code, stdout, stderr } = await altaluneHere(["key", ...args], env);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(sentence) });
  });
});
