import { cp } from "node:fs/promises";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { prepareTemplate } from "../../support/template.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";
import { answerOf, leaseAgeOf } from "./verdicts.js";

const patient = { timeout: 20_000, interval: 50 };
const settings = { fsync: "off", full_page_writes: "off" };
const masterKey = Buffer.alloc(32, "k").toString("base64");
const rootKey = "root-key-of-the-environment-for-failover";
const env = { ALTALUNE_ROOT_KEY: rootKey };

type Server = Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let primary: Server;
let successor: Server;
let proxy: TcpProxy;
let before: TestInstance;
let after: TestInstance;
let far: TestInstance;
let key: { id: string; value: string };
let projectId: string;

beforeAll(async () => {
  const scratch = inject("scratchDir");
  const dataDir = join(scratch, "primary");
  primary = await startEmbeddedPostgres({ dataDir, settings });
  await prepareTemplate(primary.url);
  before = await startTestInstance({ beside: { databaseUrl: primary.url, masterKey, rootKey }, env });
  projectId = await newProject(before.clients);
  key = await newApiKey(before.clients, projectId);
  await before.stop();
  await primary.stop();
  // What a standby that was in step would hold.
  await cp(dataDir, join(scratch, "successor"), { recursive: true, preserveTimestamps: true });
  await own(dataDir, join(scratch, "successor"));
  primary = await startEmbeddedPostgres({ dataDir, settings });
  successor = await startEmbeddedPostgres({ dataDir: join(scratch, "successor"), settings });
  proxy = await startTcpProxy(primary.url);
  far = await startTestInstance({ beside: { databaseUrl: proxy.url, masterKey, rootKey }, env });
  after = await startTestInstance({ beside: { databaseUrl: successor.url, masterKey, rootKey }, env });
}, 60_000);
afterAll(async () => {
  await far.stop();
  await after.stop();
  await proxy.close();
  await primary.stop();
  await successor.stop();
});

test("behind an address that leads to another server now, an instance forgets, and answers by the new one", async () => {
  await expect.poll(() => leaseAgeOf(far), patient).toBeGreaterThanOrEqual(0);
  expect([await answerOf(far, key.value), await answerOf(far, key.value)]).toEqual(["VALID", "VALID"]);
  // The new server knows nothing of the instance, which is not on it yet: so nobody waits for it.
  await after.clients.apiKeys.revokeApiKey({
    projectId,
    apiKeyId: key.id,
    reason: RevocationReason.KEY_COMPROMISED,
  });
  await proxy.cut();
  await proxy.restore(successor.url);
  await expect.poll(() => answerOf(far, key.value), patient).toBe("REVOKED");
  // And it is one of those that changes wait for.
  await expect.poll(() => leaseAgeOf(far), patient).toBeLessThan(5);
  const other = await newApiKey(after.clients, projectId);
  await expect.poll(() => answerOf(far, other.value), patient).toBe("VALID");
  const { propagation } = await after.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: other.id });
  expect(propagation?.pendingInstances).toBe(0);
  expect(await answerOf(far, other.value)).toBe("DISABLED");
}, 60_000);

/** Copies have the owner of who copied; the database's OS user must own its cluster. */
async function own(from: string, to: string): Promise<void> {
  const { chown, readdir, stat } = await import("node:fs/promises");
  const give = async (path: string) => {
    const { uid, gid } = await stat(join(from, path));
    await chown(join(to, path), uid, gid);
  };
  await give(".");
  for (const path of await readdir(from, { recursive: true })) {
    await give(path);
  }
}
