import { expect } from "vitest";
import { Granularity } from "../../../gen/altalune/v1/usage_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

const hourMs = dayMs / 24;
const projectId = "nosuchprojects";
const apiKeyId = "nosuchapikeyid";

const badRequests: readonly (readonly [string, string, (clients: Clients) => Promise<unknown>])[] = [
  [
    "metadata that is too long",
    "metadata",
    ({ apiKeys }) =>
      apiKeys.createApiKey({
        projectId,
        name: "k1",
        expiration: fromNow(dayMs),
        metadata: { text: "x".repeat(9_000) },
      }),
  ],
  ["a key's update of nothing", "update_mask", ({ apiKeys }) => apiKeys.updateApiKey({ projectId, apiKeyId })],
  ["a project's update of nothing", "update_mask", ({ projects }) => projects.updateProject({ projectId })],
  [
    "an unknown filter of keys",
    "query.filters",
    ({ apiKeys }) => apiKeys.queryApiKeys({ projectId, query: { filters: { colour: { values: ["red"] } } } }),
  ],
  [
    "a period with too many buckets",
    "end_time",
    ({ usage }) =>
      usage.getUsage({
        projectId,
        startTime: fromNow(-10_001 * hourMs),
        endTime: fromNow(0),
        granularity: Granularity.HOUR,
      }),
  ],
  [
    "an unknown filter of events",
    "query.filters",
    ({ audit }) => audit.queryAuditEvents({ projectId, query: { filters: { colour: { values: ["red"] } } } }),
  ],
];

test.each(badRequests)("%s is told before the project is looked for", async (_, field, call) => {
  expect(await denialOf(call(altalune.clients))).toMatchObject({ code: "InvalidArgument", fields: [field] });
});
