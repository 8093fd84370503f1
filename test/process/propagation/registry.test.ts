import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import type { Propagation } from "../../../gen/altalune/v1/common_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { decodeNotice, InstanceMessages } from "../../../src/domain/propagation/messages.js";
import { openListenConnection } from "../../../src/platform/listen-connection.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { addGhost, notify, registeredIds, remembering, removeGhost } from "./registry.js";

const reason = RevocationReason.KEY_COMPROMISED;

let first: TestInstance;
let second: TestInstance;
let projectId: string;
beforeAll(async () => {
  first = await startTestInstance();
  second = await startTestInstance({ beside: first });
  projectId = await newProject(first.clients);
});
beforeEach(async () => {
  await remembering(first);
  await remembering(second);
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

const codeOn = async ({ clients }: TestInstance, key: string) =>
  VerificationCode[(await clients.verification.verifyApiKey({ key })).code];

const effectiveMs = (propagation: Propagation | undefined) => Number(propagation?.effectiveAt?.seconds ?? 0n) * 1000;

test("an instance that does not confirm is pending until its lease is over, for a repeated revocation too", async () => {
  const { id } = await newApiKey(first.clients, projectId);
  await addGhost(first, "killed");
  const revoke = () => first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  const once = await revoke();
  const again = await revoke();
  await removeGhost(first, "killed");
  for (const { propagation } of [once, again]) {
    expect(propagation?.pendingInstances).toBe(1);
    expect(effectiveMs(propagation)).toBeGreaterThan(Date.now() + 15_000);
  }
  expect((await revoke()).propagation?.pendingInstances).toBe(0);
});

test("so it is with a key that is switched off twice", async () => {
  const { id } = await newApiKey(first.clients, projectId);
  await addGhost(first, "killed");
  await first.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: id });
  const { propagation } = await second.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: id });
  await removeGhost(first, "killed");
  expect(propagation?.pendingInstances).toBe(1);
});

test("an instance that leaves the registry while a change waits for it is not pending", async () => {
  const { id } = await newApiKey(first.clients, projectId);
  await addGhost(first, "stopping");
  const revoking = first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  const isRevoked = async () => {
    const { apiKey } = await first.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    return apiKey?.revokedAt !== undefined;
  };
  await expect.poll(isRevoked, { interval: 10 }).toBe(true);
  // Time for the change to find it in the registry; without it, the test would show nothing, and pass.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await removeGhost(first, "stopping");
  expect((await revoking).propagation?.pendingInstances).toBe(0);
});

test("an instance whose lease is over is neither waited for nor pending", async () => {
  const { id } = await newApiKey(first.clients, projectId);
  await addGhost(first, "ended", -60_000);
  const { propagation } = await first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  await removeGhost(first, "ended");
  expect(propagation?.pendingInstances).toBe(0);
});

test("an instance that stops leaves the registry", async () => {
  const before = await registeredIds(first);
  const third = await startTestInstance({ beside: first });
  await remembering(third);
  expect(await registeredIds(first)).toHaveLength(before.length + 1);
  await third.stop();
  expect(await registeredIds(first)).toEqual(before);
});

test("an instance that was forgotten registers anew, and forgets what it remembers", async () => {
  const before = await registeredIds(first);
  const third = await startTestInstance({ beside: first, env: { ALTALUNE_CACHE_LEASE: "1s" } });
  await remembering(third);
  const [id = ""] = (await registeredIds(first)).filter((each) => !before.includes(each));
  await removeGhost(first, id);
  await expect.poll(() => registeredIds(first), { timeout: 10_000 }).toContain(id);
  await third.stop();
});

test.each([
  ["nothing", ""],
  ["what is no JSON", "{"],
  ["JSON of another shape", "42"],
  ["a subject that is unknown", '["", "", "planet", "earth", 0]'],
  ["an id that is no number", '["", "", "api_key", "12; drop table", 0]'],
  ["a changer that is no name", JSON.stringify(["x".repeat(500), "y", "api_key", "1", 0])],
])("a notice that holds %s makes every instance forget, and stops none", async (_, payload) => {
  const { id, value } = await newApiKey(first.clients, projectId);
  expect(await codeOn(second, value)).toBe("VALID");
  await notify(first, "altalune_changes", payload);
  for (const each of await registeredIds(first)) {
    await notify(first, `altalune_instance_${each}`, payload);
  }
  // The link hears what comes after it.
  const { propagation } = await first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  expect(propagation?.pendingInstances).toBe(0);
  expect(await codeOn(second, value)).toBe("REVOKED");
});

test("an acknowledgement that somebody makes up who may connect to the database does not end the wait", async () => {
  const { id } = await newApiKey(first.clients, projectId);
  await addGhost(first, "killed");
  const otherKey = new InstanceMessages(Buffer.alloc(32));
  const forging: Promise<void>[] = [];
  const eavesdropper = await openListenConnection({
    url: first.databaseUrl,
    channels: ["altalune_changes"],
    statementTimeoutMs: 5_000,
    onNotification(_, payload) {
      const { changer, change } = decodeNotice(payload);
      if (changer === "") {
        return;
      }
      const message = { kind: "acknowledged", by: "killed", changes: [change] } as const;
      for (const forged of [JSON.stringify(message), otherKey.encode(message)]) {
        forging.push(notify(first, `altalune_instance_${changer}`, forged));
      }
    },
    onLost: () => {},
  });
  const { propagation } = await first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  await Promise.all(forging);
  await eavesdropper.close();
  await removeGhost(first, "killed");
  expect(forging).toHaveLength(2);
  expect(propagation?.pendingInstances).toBe(1);
});

test("more changes than one notification can confirm are confirmed all the same", async () => {
  const count = 400;
  const notices = Array.from({ length: count }, (_, i) =>
    JSON.stringify(["somebody", `change-${i}`.padEnd(36, "x"), "api_key", "1", 0]),
  );
  await first.db.transaction().execute(async (tx) => {
    for (const notice of notices) {
      await notify({ db: tx }, "altalune_changes", notice);
    }
  });
  const { id } = await newApiKey(first.clients, projectId);
  const { propagation } = await first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  expect(propagation?.pendingInstances).toBe(0);
  expect(second.logLines.filter((line) => line.includes("listening connection was lost"))).toEqual([]);
});

test("a change by hand in SQL is heard by every instance", async () => {
  const { id, value } = await newApiKey(first.clients, projectId);
  expect(await codeOn(first, value)).toBe("VALID");
  expect(await codeOn(second, value)).toBe("VALID");
  await first.db.updateTable("altalune_project_api_keys").set({ active: false }).where("public_id", "=", id).execute();
  await expect.poll(() => codeOn(first, value), { timeout: 10_000 }).toBe("DISABLED");
  await expect.poll(() => codeOn(second, value), { timeout: 10_000 }).toBe("DISABLED");
});

test("listening in another database than DATABASE_URL is found, and nothing is answered from memory", async () => {
  const other = await startTestInstance();
  const lost = await startTestInstance({ beside: first, env: { ALTALUNE_LISTEN_URL: other.databaseUrl } });
  const { id, value } = await newApiKey(first.clients, projectId);
  expect(await codeOn(lost, value)).toBe("VALID");
  await expect
    .poll(() => lost.logLines.some((line) => line.includes("notifications do not come back")), { timeout: 20_000 })
    .toBe(true);
  const readyz = await fetch(`${lost.url}/readyz`);
  expect([readyz.status, await readyz.text()]).toEqual([503, expect.stringContaining("ALTALUNE_LISTEN_URL")]);
  await first.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: id, reason });
  expect(await codeOn(lost, value)).toBe("REVOKED");
  await lost.stop();
  await other.stop();
}, 60_000);
