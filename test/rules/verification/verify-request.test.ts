import { describe, expect } from "vitest";
import { Consistency, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { Clients, TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

type Verify = Parameters<Clients["verification"]["verifyApiKey"]>[0];

let altalune: TestInstance;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  const projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId, { scopes: ["*"] })).value;
});

describe("a verification", () => {
  const verify = (request: Verify) => altalune.clients.verification.verifyApiKey({ key, ...request });

  const refused: readonly (readonly [what: string, field: string, request: Verify])[] = [
    ["a project id of 13 characters", "project_id", { projectId: "2".repeat(13) }],
    ["a project id of 15 characters", "project_id", { projectId: "2".repeat(15) }],
    ["65 required scopes", "required_scopes", { requiredScopes: Array.from({ length: 65 }, (_, i) => `s${i}`) }],
    ["a required scope of 101 characters", "required_scopes", { requiredScopes: ["s".repeat(101)] }],
    ...["*", "orders:*", "*:read", "a*", "", "a::b", ":a", "a b"].map((scope): (typeof refused)[number] => [
      `the required scope '${scope}'`,
      "required_scopes",
      { requiredScopes: [scope] },
    ]),
    ["a consistency that is not there", "consistency", { consistency: 99 as Consistency }],
  ];
  test.each(refused)("is refused with %s", async (_what, field, request) => {
    expect(await denialOf(verify(request))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
  });

  const answered: readonly (readonly [what: string, request: Verify, valid: boolean])[] = [
    ["no key", { key: "" }, false],
    ["a key of 512 characters", { key: "k".repeat(512) }, false],
    ["a key of 513 characters", { key: "k".repeat(513) }, false],
    ["a key of 100 000 characters", { key: "k".repeat(100_000) }, false],
    ["a NUL in the key", { key: "sk-\0" }, false],
    ["64 required scopes", { requiredScopes: Array.from({ length: 64 }, (_, i) => `s${i}`) }, true],
    ["a required scope of 100 characters", { requiredScopes: ["s".repeat(100)] }, true],
    ["a cost of 0", { cost: 0 }, true],
    ["the largest cost", { cost: 4_294_967_295 }, true],
    ["each consistency", { consistency: Consistency.MINIMIZE_LATENCY }, true],
  ];
  test.each(answered)("is answered with %s", async (_what, request, valid) => {
    expect(await verify(request)).toMatchObject({ valid });
  });
});

test("what an end user puts into a key of a batch is not found, and fails nobody else's", async () => {
  const garbage = ["", "k".repeat(513), "\0", `${key}\0`, "k".repeat(100_000), "🔑\n"];
  const requests = [key, ...garbage, key].map((presented) => ({ key: presented }));
  const { responses } = await altalune.clients.verification.batchVerifyApiKeys({ requests });
  const codes = responses.map(({ code }) => VerificationCode[code]);
  expect(codes).toEqual(["VALID", ...garbage.map(() => "NOT_FOUND"), "VALID"]);
});

test("what the caller wrote wrong in a batch is named", async () => {
  const requests = [{ key }, { key, projectId: "2" }];
  const refused = await denialOf(altalune.clients.verification.batchVerifyApiKeys({ requests }));
  expect(refused).toMatchObject({ code: "InvalidArgument" });
  expect(refused.message).toContain("requests[1].project_id");
});
