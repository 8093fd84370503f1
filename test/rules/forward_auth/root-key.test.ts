import { expect } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { disabledRootKey, expiredRootKey, newRootKey, revokedRootKey } from "../authority/root-keys.js";
import { askAt, type Header, outcomeOf, passed, refusal } from "./ask.js";

let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

const asking = (headers: readonly Header[], presented = key) =>
  askAt(altalune.url, { query: `project_id=${projectId}`, headers: [...headers, ["X-API-Key", presented]] });
const rootKey = (value: string): Header => ["X-Altalune-Root-Key", value];

test("a gateway whose root key does not work hears 500, whether its client's key is good or bad", async () => {
  const good = altalune.rootKey;
  const rotten: readonly (readonly Header[])[] = [
    [],
    [rootKey("")],
    [rootKey("letmein")],
    [rootKey(newSecret("alt_root_"))],
    [rootKey(`Bearer ${good}`)],
    [rootKey(good), rootKey(good)],
    [rootKey(good), rootKey("x")],
    [["Authorization", `Bearer ${good}`]],
    [["X_Altalune_Root_Key", good]],
    [rootKey(key)],
    [rootKey((await expiredRootKey(altalune)).value)],
    [rootKey((await revokedRootKey(altalune)).value)],
    [rootKey((await disabledRootKey(altalune)).value)],
  ];
  for (const headers of rotten) {
    for (const presented of [key, newSecret("sk-")]) {
      const heard = await asking(headers, presented);
      expect(outcomeOf(heard)).toEqual(refusal(500, "ROOT_KEY_INVALID"));
      expect(heard.headers["www-authenticate"]).toBeUndefined();
      expect(heard.body).not.toMatch(/sk-|alt_root_/);
    }
  }
});

test("a root key needs api_keys:verify and the reach of the project, and no more", async () => {
  const elsewhere = await newProject(altalune.clients);
  const outcomeWith = async (request: Parameters<typeof newRootKey>[1]) => {
    const { value } = await newRootKey(altalune, request);
    const outcomes = [];
    for (let time = 0; time < 3; time++) {
      outcomes.push(outcomeOf(await asking([rootKey(value)])));
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
    return outcomes[0];
  };
  expect(await outcomeWith({ scopes: ["api_keys:verify"], projects: [projectId] })).toEqual(passed);
  expect(await outcomeWith({ scopes: ["api_keys:read", "api_keys:write"] })).toEqual(
    refusal(500, "PERMISSION_MISSING"),
  );
  expect(await outcomeWith({ scopes: ["api_keys:verify"], projects: [elsewhere] })).toEqual(
    refusal(500, "PROJECT_NOT_FOUND"),
  );
});

test("a root key that is revoked stops the gateway once that is in force, however often it was good", async () => {
  const { id, value } = await newRootKey(altalune, { scopes: ["api_keys:verify"] });
  expect((await asking([rootKey(value)])).status).toBe(200);
  expect((await asking([rootKey(value)])).status).toBe(200);
  await altalune.services.rootKeys.revoke(commandLineCaller, id);
  const outcome = async () => outcomeOf(await asking([rootKey(value)]));
  await expect.poll(outcome, { interval: 20 }).toEqual(refusal(500, "ROOT_KEY_INVALID"));
});

test("failures are counted by address, as of rpcs: beyond them made-up root keys are not heard, and good ones are", async () => {
  const from = (address: string): Header => ["X-Forwarded-For", address];
  await using guarded = await startTestInstance({
    beside: altalune,
    env: { ALTALUNE_TRUSTED_PROXIES: "loopback", LOG_LEVEL: "warn" },
  });
  const tryKey = (value: string, address: string) =>
    askAt(guarded.url, {
      query: `project_id=${projectId}`,
      headers: [rootKey(value), from(address), ["X-API-Key", key]],
    });
  for (let failed = 0; failed < 600; failed += 50) {
    await Promise.all(Array.from({ length: 50 }, () => tryKey("made-up", "192.0.2.1")));
  }
  expect(outcomeOf(await tryKey("made-up", "192.0.2.1"))).toEqual(refusal(500, "TOO_MANY_FAILED_AUTHENTICATIONS"));
  expect(outcomeOf(await tryKey("made-up", "192.0.2.2"))).toEqual(refusal(500, "ROOT_KEY_INVALID"));
  expect(outcomeOf(await tryKey(altalune.rootKey, "192.0.2.1"))).toEqual(passed);
});
