import { Code, ConnectError } from "@connectrpc/connect";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance } from "../../support/instance.js";
import { prepareTemplate } from "../../support/template.js";
import { answerOf } from "../failover/verdicts.js";
import { startOwnServer } from "./own-server.js";

/** The queue is the whole cluster's: whoever listens in another database, and is held up for a while, holds it up too. */
const patient = { timeout: 40_000, interval: 200 };
const masterKey = Buffer.alloc(32, "q").toString("base64");
const rootKey = "root-key-of-the-environment-for-the-queue";
const reason = RevocationReason.KEY_COMPROMISED;

test("a queue that somebody has filled makes changes unavailable, is told, and hinders nothing else", async () => {
  // The smallest that it may be: half a megabyte.
  const server = await startOwnServer({ fsync: "off", max_notify_queue_pages: "64" });
  onTestFinished(() => server.stop());
  await prepareTemplate(server.url());
  const role = new URL(server.url());
  await query(server.url(), "create role visitor login password 'visitor'");
  role.username = "visitor";
  role.password = "visitor";
  await using instance = await startTestInstance({
    beside: { databaseUrl: server.url(), masterKey, rootKey },
    env: { ALTALUNE_ROOT_KEY: rootKey },
  });
  const { clients, url } = instance;
  const projectId = await newProject(clients);
  const { id, value } = await newApiKey(clients, projectId);
  const revoke = () => clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });

  const holder = new pg.Client({ connectionString: role.href });
  await holder.connect();
  await holder.query("listen visits");
  await holder.query("begin");
  await expect(fill(role.href)).rejects.toThrow(/too many notifications/);

  const failure = await revoke().catch(ConnectError.from);
  expect(failure).toMatchObject({ code: Code.Unavailable });
  expect((failure as ConnectError).findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "NOTIFICATION_QUEUE_FULL", domain: "altalune" },
  ]);
  await expect
    .poll(async () => (await fetch(`${url}/readyz`)).text(), patient)
    .toContain("notification queue is full, so nothing can be changed");
  expect(await usage(url)).toBeGreaterThan(0.9);
  expect(await answerOf(instance, value)).toBe("VALID");

  await holder.end();
  await expect.poll(() => revoke().then(() => "revoked", String), patient).toBe("revoked");
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, patient).toBe(200);
  expect(await usage(url)).toBeLessThan(0.5);
  expect(await answerOf(instance, value)).toBe("REVOKED");
}, 120_000);

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let i = 0; i < 1_000; i++) {
      await client.query("select pg_notify('visits', repeat('x', 7000) || $1)", [String(i)]);
    }
  } finally {
    await client.end();
  }
}

async function usage(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^altalune_notification_queue_usage (\S+)$/m.exec(text)?.[1]);
}
