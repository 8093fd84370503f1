import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";
import { startPgBouncer } from "./pgbouncer.js";
import { remembering } from "./registry.js";

const reason = RevocationReason.KEY_COMPROMISED;
const codeOn = async ({ clients }: TestInstance, key: string) =>
  VerificationCode[(await clients.verification.verifyApiKey({ key })).code];

describe("behind PgBouncer", () => {
  let direct: TestInstance;
  let projectId: string;
  beforeEach(({ skip }) => {
    needTool(skip, "pgbouncer");
  });
  beforeAll(async () => {
    direct = await startTestInstance();
    projectId = await newProject(direct.clients);
    await remembering(direct);
  });
  afterAll(() => direct.stop());

  test("in transaction mode an instance is never ready, says why, and answers from the database", async () => {
    const pooler = await startPgBouncer(direct.databaseUrl, "transaction");
    const pooled = await startTestInstance({ beside: { ...direct, databaseUrl: pooler.url } });
    await expect
      .poll(() => pooled.logLines.filter((line) => line.includes("notifications do not come back")).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    const readyz = await fetch(`${pooled.url}/readyz`);
    expect([readyz.status, await readyz.text()]).toEqual([503, expect.stringContaining("ALTALUNE_LISTEN_URL")]);
    const { id, value } = await newApiKey(pooled.clients, projectId);
    expect([await codeOn(pooled, value), await codeOn(pooled, value)]).toEqual(["VALID", "VALID"]);
    await direct.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
    expect(await codeOn(pooled, value)).toBe("REVOKED");
    await pooled.stop();
    await pooler.stop();
  }, 60_000);

  test("with ALTALUNE_LISTEN_URL past it an instance is ready, and hears of revocations at once", async () => {
    const pooler = await startPgBouncer(direct.databaseUrl, "transaction");
    const pooled = await startTestInstance({
      beside: { ...direct, databaseUrl: pooler.url },
      env: { ALTALUNE_LISTEN_URL: direct.databaseUrl },
    });
    await remembering(pooled);
    for (const [changer, other] of [
      [direct, pooled],
      [pooled, direct],
    ] as const) {
      const { id, value } = await newApiKey(changer.clients, projectId);
      expect(await codeOn(other, value)).toBe("VALID");
      const { propagation } = await changer.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
      expect(propagation?.pendingInstances).toBe(0);
      expect(await codeOn(other, value)).toBe("REVOKED");
    }
    await pooled.stop();
    await pooler.stop();
  }, 60_000);

  test("in session mode it needs nothing more", async () => {
    const session = await startPgBouncer(direct.databaseUrl, "session");
    const pooled = await startTestInstance({ beside: { ...direct, databaseUrl: session.url } });
    await remembering(pooled);
    const { id, value } = await newApiKey(direct.clients, projectId);
    expect(await codeOn(pooled, value)).toBe("VALID");
    const { propagation } = await direct.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
    expect(propagation?.pendingInstances).toBe(0);
    expect(await codeOn(pooled, value)).toBe("REVOKED");
    await pooled.stop();
    await session.stop();
  }, 60_000);
});
