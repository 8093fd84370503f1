import { randomBytes } from "node:crypto";
import { Code } from "@connectrpc/connect";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { startPgBouncer } from "../../process/propagation/pgbouncer.js";
import { createTestDatabase } from "../../support/database.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";

/** What an administrator may set for good reasons, each of which once stopped or misled the service. */
const settings: readonly (readonly [name: string, value: string])[] = [
  ["DateStyle", "German, DMY"],
  ["IntervalStyle", "sql_standard"],
  ["TimeZone", "America/Caracas"],
  ["bytea_output", "escape"],
  ["extra_float_digits", "-15"],
  ["standard_conforming_strings", "off"],
  ["array_nulls", "off"],
  ["client_encoding", "LATIN1"],
  ["default_transaction_isolation", "serializable"],
  ["default_transaction_isolation", "repeatable read"],
  ["default_transaction_read_only", "on"],
  ["default_transaction_deferrable", "on"],
  ["idle_session_timeout", "300ms"],
  ["synchronous_commit", "off"],
];

describe("an instance works as ever on a database that sets", () => {
  test.each(settings)("%s to %s", async (name, value) => {
    await using instance = await instanceOn(await databaseWith([[name, value]]));
    await expectToWork(instance);
  });
});

test("behind PgBouncer in transaction mode too, where each transaction may run in another session", async ({
  skip,
}) => {
  needTool(skip, "pgbouncer");
  const url = await databaseWith(settings);
  const pooler = await startPgBouncer(url, "transaction");
  onTestFinished(() => pooler.stop());
  await using instance = await instanceOn(pooler.url, { ALTALUNE_LISTEN_URL: url });
  await expectToWork(instance);
});

/** The first things that go wrong: times and lists that are read, changes at once, and what was true of them. */
async function expectToWork({ url, clients }: TestInstance): Promise<void> {
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 5_000 }).toBe(200);
  const projectId = await newProject(clients, { maxKeysPerOwner: 0 });
  const { id, value } = await newApiKey(clients, projectId, { ownerId: "Überprüfung ✓", rateLimits: { perDay: 40 } });
  const made = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => newApiKey(clients, projectId, { name: `key ${i}`, ownerId: "one" })),
  );
  expect(made.filter(({ status }) => status === "rejected")).toEqual([]);
  // So long a page is read in parts.
  const { data } = await clients.apiKeys.queryApiKeys({ projectId, query: { pagination: { pageSize: 1_000 } } });
  expect(data).toHaveLength(21);
  const { apiKey } = await clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
  expect(apiKey?.ownerId).toBe("Überprüfung ✓");
  expect(Math.abs(Number(apiKey?.createdAt?.seconds) - Date.now() / 1000)).toBeLessThan(60);
  const verdicts = await Promise.all(
    Array.from({ length: 40 }, () => clients.verification.verifyApiKey({ key: value })),
  );
  expect(new Set(verdicts.map(({ code }) => VerificationCode[code]))).toEqual(new Set(["VALID"]));
  expect(await clients.verification.verifyApiKey({ key: value })).toMatchObject({
    code: VerificationCode.RATE_LIMITED,
  });
  await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: id });
  expect(await clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
  await expect(newApiKey(clients, "z".repeat(14))).rejects.toMatchObject({ code: Code.NotFound });
}

async function databaseWith(settings: readonly (readonly [name: string, value: string])[]): Promise<string> {
  const { url } = await createTestDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [name, value] of settings) {
      const database = client.escapeIdentifier(new URL(url).pathname.slice(1));
      await client.query("begin read write");
      await client.query(
        `alter database ${database} set ${name} to ${value.includes(", ") ? value : client.escapeLiteral(value)}`,
      );
      await client.query("commit");
    }
  } finally {
    await client.end();
  }
  return url;
}

async function instanceOn(databaseUrl: string, env: Readonly<Record<string, string>> = {}): Promise<TestInstance> {
  const rootKey = `root_${randomBytes(24).toString("hex")}`;
  const masterKey = randomBytes(32).toString("base64");
  return startTestInstance({
    beside: { databaseUrl, masterKey, rootKey },
    env: { ALTALUNE_ROOT_KEY: rootKey, ...env },
  });
}
