import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiKeyStatus, RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { casesOf } from "../../support/effort.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { race, startTwoInstances, strayRows, type TwoInstances } from "./two-instances.js";

let altalune: TwoInstances;
beforeAll(async () => {
  altalune = await startTwoInstances();
});
afterAll(() => altalune.stop());

/** Four are one of each order and place; luck finds more in more. */
const rounds = Array.from({ length: casesOf(20, 4) }, (_, round) => round);
const atOnce = Array.from({ length: 20 }, (_, turn) => turn);

async function verdictOf(key: string): Promise<VerificationCode> {
  return (await altalune.clients(1).verification.verifyApiKey({ key })).code;
}

async function actionsOf(projectId: string): Promise<readonly string[]> {
  const { audit } = altalune.clients(0);
  const { data } = await audit.queryAuditEvents({ projectId });
  expect(await audit.verifyAuditTrail({ projectId })).toMatchObject({
    intact: true,
    eventsChecked: BigInt(data.length),
  });
  expect(await strayRows(altalune.instances[0])).toEqual([]);
  return data.map(({ action }) => action).toReversed();
}

test("a rotation and a revocation at once leave one outcome, and no value that works", async () => {
  for (const round of rounds) {
    const projectId = await newProject(altalune.clients(0));
    const { id: apiKeyId, value } = await newApiKey(altalune.clients(0), projectId);
    const rotating = altalune.clients(round).apiKeys;
    const revoking = altalune.clients(round % 4 < 2 ? round : round + 1).apiKeys;
    const { won, lost } = await race([
      async () => (await rotating.rotateApiKey({ projectId, apiKeyId, gracePeriod: durationFromMs(60_000) })).keyValue,
      async () => {
        await revoking.revokeApiKey({ projectId, apiKeyId, reason: RevocationReason.KEY_COMPROMISED });
        return undefined;
      },
    ]);
    const actions = await actionsOf(projectId);
    if (lost.length === 0) {
      expect(actions.slice(2)).toEqual(["api_key.rotated", "api_key.revoked"]);
    } else {
      expect(lost).toMatchObject([{ reason: "API_KEY_REVOKED" }]);
      expect(actions.slice(2)).toEqual(["api_key.revoked"]);
    }
    const { apiKey } = await altalune.clients(0).apiKeys.getApiKey({ projectId, apiKeyId });
    expect(apiKey?.status).toBe(ApiKeyStatus.REVOKED);
    for (const handedOut of [value, ...won.filter((keyValue) => keyValue !== undefined)]) {
      expect(await verdictOf(handedOut)).toBe(VerificationCode.REVOKED);
    }
  }
});

test("rotations at once leave one value that works, its predecessor in its grace, and nothing of the others", async () => {
  const projectId = await newProject(altalune.clients(0));
  const { id: apiKeyId, value } = await newApiKey(altalune.clients(0), projectId);
  const { won } = await race(
    atOnce.map(
      (turn) => () =>
        altalune.clients(turn).apiKeys.rotateApiKey({ projectId, apiKeyId, gracePeriod: durationFromMs(60_000) }),
    ),
  );
  expect(won).toHaveLength(atOnce.length);
  const verdicts = await Promise.all([value, ...won.map(({ keyValue }) => keyValue)].map(verdictOf));
  expect(verdicts.filter((code) => code === VerificationCode.VALID)).toHaveLength(2);
  expect(verdicts.filter((code) => code === VerificationCode.NOT_FOUND)).toHaveLength(atOnce.length - 1);

  const { apiKey } = await altalune.clients(0).apiKeys.getApiKey({ projectId, apiKeyId });
  const last = won.find(({ keyValue }) => keyValue.startsWith(apiKey?.keyPrefix ?? "?"));
  expect(await verdictOf(last?.keyValue ?? "")).toBe(VerificationCode.VALID);
  expect((await actionsOf(projectId)).slice(2)).toEqual(atOnce.map(() => "api_key.rotated"));
});

test("updates of different fields at once lose none of them", async () => {
  for (const round of rounds.slice(0, 10)) {
    const projectId = await newProject(altalune.clients(0));
    const { id: apiKeyId } = await newApiKey(altalune.clients(0), projectId);
    const changes = [
      { name: `name ${round}` },
      { scopes: [`orders:${round}`] },
      { tier: "pro" },
      { rateLimits: { perMinute: round + 1 } },
      { metadata: { round } },
    ];
    const { lost } = await race<unknown>([
      ...changes.map((change, i) => () => altalune.clients(i).apiKeys.updateApiKey({ projectId, apiKeyId, ...change })),
      () => altalune.clients(round).apiKeys.deactivateApiKey({ projectId, apiKeyId }),
    ]);
    expect(lost).toEqual([]);
    const { apiKey } = await altalune.clients(0).apiKeys.getApiKey({ projectId, apiKeyId });
    expect(apiKey).toMatchObject({
      name: `name ${round}`,
      scopes: [`orders:${round}`],
      tier: "pro",
      rateLimits: { perMinute: round + 1 },
      metadata: { round },
      active: false,
    });
    expect(await actionsOf(projectId)).toHaveLength(2 + changes.length + 1);
  }
});

test("updates of different settings of a project at once lose none of them", async () => {
  for (const round of rounds.slice(0, 10)) {
    const projectId = await newProject(altalune.clients(0));
    const changes = [
      { name: `renamed ${round}` },
      { keyPrefix: "live_" },
      { maxKeysPerOwner: round },
      { allowNeverExpires: true },
      { defaultScopes: ["orders:read"] },
      { defaultTier: "pro" },
    ];
    const { lost } = await race(
      changes.map((change, i) => () => altalune.clients(i).projects.updateProject({ projectId, ...change })),
    );
    expect(lost).toEqual([]);
    const { project } = await altalune.clients(0).projects.getProject({ projectId });
    expect(project).toMatchObject(Object.assign({}, ...changes));
    expect(await actionsOf(projectId)).toHaveLength(1 + changes.length);
  }
});

test("revocations at once leave one event, and the reason of the first of them", async () => {
  const projectId = await newProject(altalune.clients(0));
  const { id: apiKeyId } = await newApiKey(altalune.clients(0), projectId);
  const reasons = [1, 2, 3, 4, 5] as const;
  const { won } = await race(
    atOnce.map(
      (turn) => () =>
        altalune.clients(turn).apiKeys.revokeApiKey({ projectId, apiKeyId, reason: reasons[turn % 5] ?? 1 }),
    ),
  );
  expect(won).toHaveLength(atOnce.length);
  expect(new Set(won.map(({ apiKey }) => apiKey?.revocationReason)).size).toBe(1);
  expect((await actionsOf(projectId)).slice(2)).toEqual(["api_key.revoked"]);
});

test("a deletion amid every other change leaves no key, no secret and an intact trail", async () => {
  for (const round of rounds.slice(0, 10)) {
    const projectId = await newProject(altalune.clients(0));
    const { id: apiKeyId, value } = await newApiKey(altalune.clients(0), projectId);
    const target = { projectId, apiKeyId };
    const { lost } = await race<unknown>([
      () => altalune.clients(round).apiKeys.rotateApiKey(target),
      () => altalune.clients(round + 1).apiKeys.updateApiKey({ ...target, name: "renamed" }),
      () => altalune.clients(round).apiKeys.deactivateApiKey(target),
      () => altalune.clients(round + 1).apiKeys.deleteApiKey(target),
      () => altalune.clients(round).apiKeys.rotateSigningSecret(target),
      () => altalune.clients(round + 1).apiKeys.deleteApiKey(target),
    ]);
    expect(new Set(lost.map(({ reason }) => reason))).toEqual(new Set(["API_KEY_NOT_FOUND"]));
    const actions = await actionsOf(projectId);
    expect(actions.at(-1)).toBe("api_key.deleted");
    expect(actions.filter((action) => action === "api_key.deleted")).toHaveLength(1);
    expect(await verdictOf(value)).toBe(VerificationCode.NOT_FOUND);
  }
});
