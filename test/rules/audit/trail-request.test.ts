import { describe, expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});

describe("the check of a trail", () => {
  const verify = (request: { fromSequence?: bigint; expectedHead?: Uint8Array }) =>
    altalune.clients.audit.verifyAuditTrail({ projectId, ...request });

  test.each([
    ["a negative sequence", "from_sequence", { fromSequence: -1n }],
    ["a head of 31 bytes", "expected_head", { expectedHead: new Uint8Array(31) }],
    ["a head of 33 bytes", "expected_head", { expectedHead: new Uint8Array(33) }],
  ] as const)("is refused with %s", async (_what, field, request) => {
    expect(await denialOf(verify(request))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
  });

  test("is answered with a head of 32 bytes, one that was never there too", async () => {
    expect(await verify({ expectedHead: new Uint8Array(32).fill(7) })).toMatchObject({ intact: false });
    const { headHash } = await verify({});
    expect(await verify({ expectedHead: headHash })).toMatchObject({ intact: true });
  });
});
