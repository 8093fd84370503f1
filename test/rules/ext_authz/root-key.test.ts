import { expect, onTestFinished } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { disabledRootKey, expiredRootKey, newRootKey, revokedRootKey } from "../authority/root-keys.js";
import { checkAt, outcomeOf, passed, refusal } from "./check.js";

let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

const asking = (metadata: Readonly<Record<string, string>>, presented = key, url = altalune.url, project = projectId) =>
  checkAt(url, { context: { project_id: project }, headers: { "x-api-key": presented }, metadata });
const rootKey = (value: string) => ({ "x-altalune-root-key": value });

test("an Envoy whose root key does not work hears a denial with 500, which no failure_mode_allow makes a yes of", async () => {
  const good = altalune.rootKey;
  const rotten: readonly Readonly<Record<string, string>>[] = [
    {},
    rootKey(""),
    rootKey("letmein"),
    rootKey(newSecret("alt_root_")),
    rootKey(`Bearer ${good}`),
    rootKey(`${good}, ${good}`),
    { authorization: `Bearer ${good}` },
    rootKey(key),
    rootKey((await expiredRootKey(altalune)).value),
    rootKey((await revokedRootKey(altalune)).value),
    rootKey((await disabledRootKey(altalune)).value),
  ];
  for (const metadata of rotten) {
    for (const presented of [key, newSecret("sk-")]) {
      const answer = await asking(metadata, presented);
      expect(outcomeOf(answer)).toEqual(refusal(500, "ROOT_KEY_INVALID"));
      expect(JSON.stringify(answer.httpResponse)).not.toMatch(/sk-|alt_root_/);
    }
  }
});

test("a client that puts a root key into its own request is not heard", async () => {
  const answer = await checkAt(altalune.url, {
    context: { project_id: projectId },
    headers: { "x-api-key": key, "x-altalune-root-key": altalune.rootKey },
  });
  expect(outcomeOf(answer)).toEqual(refusal(500, "ROOT_KEY_INVALID"));
});

test("a root key needs api_keys:verify and the reach of the project, and no more", async () => {
  const elsewhere = await newProject(altalune.clients);
  const outcomeWith = async (request: Parameters<typeof newRootKey>[1]) => {
    const { value } = await newRootKey(altalune, request);
    const outcomes = [];
    for (let time = 0; time < 3; time++) {
      outcomes.push(outcomeOf(await asking(rootKey(value))));
    }
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    return outcomes[0];
  };
  expect(await outcomeWith({ scopes: ["api_keys:verify"], projects: [projectId] })).toEqual(passed);
  expect(await outcomeWith({ scopes: ["api_keys:read", "usage:read"] })).toEqual(refusal(500, "PERMISSION_MISSING"));
  expect(await outcomeWith({ scopes: ["api_keys:verify"], projects: [elsewhere] })).toEqual(
    refusal(500, "PROJECT_NOT_FOUND"),
  );
});

test("a root key that is revoked stops Envoy once that is in force, on the connection that it was good on", async () => {
  const { id, value } = await newRootKey(altalune, { scopes: ["api_keys:verify"] });
  expect(outcomeOf(await asking(rootKey(value)))).toEqual(passed);
  await altalune.services.rootKeys.revoke(commandLineCaller, id);
  const outcome = async () => outcomeOf(await asking(rootKey(value)));
  await expect.poll(outcome, { interval: 20 }).toEqual(refusal(500, "ROOT_KEY_INVALID"));
});

test("the listener for gateways answers without a root key, until its own has ended; then nobody gets in", async () => {
  const elsewhere = await newProject(altalune.clients);
  const { id } = await newRootKey(altalune, { scopes: ["api_keys:verify"], projects: [projectId] });
  const started = await startTestInstance({
    beside: altalune,
    env: { ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:0", ALTALUNE_GATEWAY_ROOT_KEY_ID: id },
  });
  onTestFinished(() => started.stop());
  const url = started.gatewayUrl;
  for (let time = 0; time < 3; time++) {
    expect(outcomeOf(await asking({}, key, url))).toEqual(passed);
    expect(outcomeOf(await asking(rootKey("x"), key, url))).toEqual(passed);
    expect(outcomeOf(await asking({}, "garbage", url))).toEqual(refusal(401, "NOT_FOUND"));
    expect(outcomeOf(await asking({}, key, url, elsewhere))).toEqual(refusal(500, "PROJECT_NOT_FOUND"));
  }
  expect(outcomeOf(await asking({}, key, started.url))).toEqual(refusal(500, "ROOT_KEY_INVALID"));
  await altalune.services.rootKeys.revoke(commandLineCaller, id);
  const answered = async () => outcomeOf(await asking({}, key, url));
  await expect.poll(answered, { interval: 20 }).toEqual(refusal(500, "GATEWAY_ROOT_KEY_ENDED"));
});
