import { beforeEach, describe, expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";

type Rotate = Parameters<Clients["apiKeys"]["rotateApiKey"]>[0];

const month = 30n * 86_400n;

let altalune: TestInstance;
let projectId: string;
let key: { id: string; value: string };
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});
beforeEach(async () => {
  key = await newApiKey(altalune.clients, projectId);
});

describe("a revocation", () => {
  const revoke = (reason: RevocationReason, comment = "") =>
    altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason, comment });

  test.each([
    ["without a reason", "reason", RevocationReason.UNSPECIFIED, ""],
    ["for a reason that is not there", "reason", 99 as RevocationReason, ""],
    ["with a comment of 501 characters", "comment", RevocationReason.SUPERSEDED, "c".repeat(501)],
  ] as const)("is refused %s", async (_what, field, reason, comment) => {
    const denial = await denialOf(revoke(reason, comment));
    expect(denial).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created"]);
  });

  test.each([1, 2, 3, 4, 5] as RevocationReason[])("is accepted for reason %i, and tells it", async (reason) => {
    const { apiKey } = await revoke(reason, "c".repeat(500));
    expect(apiKey).toMatchObject({ revocationReason: reason });
  });
});

describe("a rotation", () => {
  const rotate = (request: Rotate) =>
    altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: key.id, ...request });

  const refused: readonly (readonly [what: string, field: string, request: () => Rotate])[] = [
    ["a negative grace period", "grace_period", () => ({ gracePeriod: { seconds: -1n } })],
    ["a grace period of 30 days and a second", "grace_period", () => ({ gracePeriod: { seconds: month + 1n } })],
    ["an expiration in the past", "expiration", () => ({ expiration: fromNow(-1000) })],
    ["a life of 730 days and a second", "expiration", () => ({ expiration: fromNow(730 * dayMs + 1000) })],
  ];
  test.each(refused)("is refused with %s", async (_what, field, request) => {
    expect(await denialOf(rotate(request()))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created"]);
  });

  const accepted: readonly (readonly [what: string, request: () => Rotate])[] = [
    ["no grace period", () => ({})],
    ["a grace period of 0", () => ({ gracePeriod: { seconds: 0n } })],
    ["a grace period of 30 days", () => ({ gracePeriod: { seconds: month } })],
    ["a life of 730 days less a minute", () => ({ expiration: fromNow(730 * dayMs - 60_000) })],
  ];
  test.each(accepted)("is accepted with %s", async (_what, request) => {
    expect((await rotate(request())).keyValue).not.toBe(key.value);
  });

  test.each([-1n, month + 1n])("of a signing secret is refused with a grace period of %i seconds", async (seconds) => {
    const { apiKeys } = altalune.clients;
    const denial = await denialOf(
      apiKeys.rotateSigningSecret({ projectId, apiKeyId: key.id, gracePeriod: { seconds } }),
    );
    expect(denial).toMatchObject({ code: "InvalidArgument", reason: "", fields: ["grace_period"] });
  });
});
