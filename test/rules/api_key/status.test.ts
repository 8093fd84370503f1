import { sql } from "kysely";
import { describe, expect } from "vitest";
import { ApiKeyStatus } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { codeOf } from "../../support/verdict.js";

let altalune: TestInstance;
let projectId: string;
let elsewhere: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  elsewhere = await newProject(altalune.clients);
});

interface State {
  readonly revoked?: boolean;
  readonly off?: boolean;
  readonly expired?: boolean;
}

/** A key in any state, those that no rpc leads to included, with a limit of one call a day. */
async function keyIn({ revoked = false, off = false, expired = false }: State) {
  const key = await newApiKey(altalune.clients, projectId, { scopes: ["orders:read"], rateLimits: { perDay: 1 } });
  await altalune.db
    .updateTable("altalune_project_api_keys")
    .set({
      active: !off,
      ...(revoked ? { revoked_at: sql`altalune_now()`, revocation_reason: 1 } : {}),
      ...(expired ? { expires_at: sql`altalune_now()` } : {}),
    })
    .where("public_id", "=", key.id)
    .execute();
  return key;
}

const states: readonly (readonly [what: string, state: State, status: keyof typeof ApiKeyStatus])[] = [
  ["nothing", {}, "ACTIVE"],
  ["expired", { expired: true }, "EXPIRED"],
  ["off", { off: true }, "DISABLED"],
  ["off and expired", { off: true, expired: true }, "DISABLED"],
  ["revoked", { revoked: true }, "REVOKED"],
  ["revoked and expired", { revoked: true, expired: true }, "REVOKED"],
  ["revoked and off", { revoked: true, off: true }, "REVOKED"],
  ["revoked, off and expired", { revoked: true, off: true, expired: true }, "REVOKED"],
];
const dead = states.filter(([, , status]) => status !== "ACTIVE") as [
  string,
  State,
  "EXPIRED" | "DISABLED" | "REVOKED",
][];

describe("a key that is", () => {
  test.each(states)("%s tells the first of its states", async (_what, state, status) => {
    const { id } = await keyIn(state);
    const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    expect(apiKey).toMatchObject({ status: ApiKeyStatus[status], active: state.off !== true });
    const listed = await altalune.clients.apiKeys.queryApiKeys({
      projectId,
      query: { filters: { status: { values: [`API_KEY_STATUS_${status}`] } }, pagination: { pageSize: 1000 } },
    });
    expect(listed.data.map((each) => each.id)).toContain(id);
  });

  test.each(dead)("%s gets the verdict of its state", async (_what, state, status) => {
    const { value } = await keyIn(state);
    expect(await codeOf(altalune.clients, value)).toBe(VerificationCode[status]);
  });

  test.each(dead)("%s gets that verdict before one on scopes or limits", async (_what, state, status) => {
    const { value } = await keyIn(state);
    const request = { requiredScopes: ["orders:write"], cost: 2 };
    expect(await codeOf(altalune.clients, value, request)).toBe(VerificationCode[status]);
  });

  test.each(dead)("%s is not found at all in another project", async (_what, state) => {
    const { value } = await keyIn(state);
    const code = await codeOf(altalune.clients, value, { projectId: elsewhere });
    expect(code).toBe(VerificationCode.NOT_FOUND);
  });
});

test("a scope that is missing is told before a limit that is used up", async () => {
  const { value } = await keyIn({});
  expect(await codeOf(altalune.clients, value)).toBe(VerificationCode.VALID);
  const lacking = { requiredScopes: ["orders:write"] };
  expect(await codeOf(altalune.clients, value, lacking)).toBe(VerificationCode.INSUFFICIENT_SCOPE);
  expect(await codeOf(altalune.clients, value)).toBe(VerificationCode.RATE_LIMITED);
});
