import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { RateLimitWindow } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";

const { MINUTE, DAY } = RateLimitWindow;

test("where a key stands is told without its value, by its own limits over its tier's, and costs nothing", async ({
  instance,
}) => {
  const { clients } = instance;
  const projectId = await newProject(clients);
  const { id: apiKeyId, value: key } = await newApiKey(clients, projectId, { tier: "pro", rateLimits: { perDay: 9 } });
  const stand = async () =>
    (await clients.apiKeys.getRateLimits({ projectId, apiKeyId })).rateLimits.map(({ window, limit, remaining }) => [
      window,
      limit,
      remaining,
    ]);
  expect(await stand()).toEqual([
    [MINUTE, 100, 100],
    [DAY, 9, 9],
  ]);
  await clients.verification.verifyApiKey({ key, cost: 4 });
  // Asked again, as often as one likes: of a limit this small nothing is held by an instance.
  for (const _time of [1, 2, 3]) {
    expect((await stand())[1]).toEqual([DAY, 9, 5]);
  }
  expect((await clients.verification.verifyApiKey({ key, cost: 5 })).valid).toBe(true);
  expect((await stand())[1]).toEqual([DAY, 9, 0]);
  const { rateLimits } = await clients.apiKeys.getRateLimits({ projectId, apiKeyId });
  const [minute, day] = rateLimits.map(({ resetAt }) => (resetAt === undefined ? 0 : timestampMs(resetAt)));
  expect([Number(minute) % 60_000, Number(day) % 86_400_000]).toEqual([0, 0]);

  // As does a key that no call gets through with.
  await clients.apiKeys.revokeApiKey({ projectId, apiKeyId, reason: RevocationReason.SUPERSEDED });
  expect((await stand())[1]).toEqual([DAY, 9, 0]);
});

test("a key without limits stands nowhere, and one of another project is not found", async ({ instance }) => {
  const { clients } = instance;
  const [projectId, other] = [await newProject(clients), await newProject(clients)];
  const { id: apiKeyId } = await newApiKey(clients, projectId);
  expect((await clients.apiKeys.getRateLimits({ projectId, apiKeyId })).rateLimits).toEqual([]);
  const denial = await denialOf(clients.apiKeys.getRateLimits({ projectId: other, apiKeyId }));
  expect(denial.reason).toBe("API_KEY_NOT_FOUND");
});
