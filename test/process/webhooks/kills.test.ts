import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createTestDatabase } from "../../support/database.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { createClients, transportTo } from "../../support/instance.js";
import { startWebhookReceiver } from "../../support/webhook-receiver.js";
import { runService, type ServiceProcess } from "../chaos/service-process.js";

/** WEBHOOK_EVENTS=10000 WEBHOOK_KILLS=30 is the long run. */
const events = Number(process.env["WEBHOOK_EVENTS"] ?? 400);
const kills = Number(process.env["WEBHOOK_KILLS"] ?? 5);
const instances = 3;
const rootKey = randomBytes(32).toString("hex");

test("of three instances that are killed again and again, every event of what was acknowledged is delivered, without a gap", {
  timeout: 1_800_000,
}, async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  await using receiver = await startWebhookReceiver();
  const env = {
    DATABASE_URL: database.url,
    ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64"),
    ALTALUNE_ROOT_KEY: rootKey,
    ALTALUNE_WEBHOOK_ALLOW: "loopback",
    ALTALUNE_CACHE_LEASE: "1s",
    LOG_LEVEL: "error",
  };
  const start = async () => {
    const service = runService(env);
    return { service, url: await service.ready };
  };
  const running: { service: ServiceProcess; url: string }[] = [await start()];
  while (running.length < instances) {
    running.push(await start());
  }
  try {
    const clientsOf = (url: string) => createClients(transportTo(url, rootKey));
    const projectId = await newProject(clientsOf(running[0]?.url ?? ""), { maxKeysPerOwner: 0 });
    await clientsOf(running[0]?.url ?? "").webhooks.createWebhook({ projectId, url: receiver.url });

    /** How many events each acknowledged key must have at least. */
    const made = new Map<string, number>();
    let killed = 0;
    let isOver = false;
    const killing = (async () => {
      while (killed < kills) {
        await pause(500 + randomInt(500));
        const place = randomInt(instances);
        running[place]?.service.signal("SIGKILL");
        await running[place]?.service.ended;
        running[place] = await start();
        killed += 1;
      }
      isOver = true;
    })();
    const makers = Array.from({ length: 8 }, async () => {
      while (made.size < events || !isOver) {
        const clients = clientsOf(running[randomInt(instances)]?.url ?? "");
        try {
          const { id: apiKeyId } = await newApiKey(clients, projectId);
          made.set(apiKeyId, 1);
          if (made.size % 10 === 0) {
            await clients.apiKeys.deactivateApiKey({ projectId, apiKeyId });
            made.set(apiKeyId, 2);
          }
        } catch {
          // Killed meanwhile: what was not acknowledged may be there or not.
          await pause(20);
        }
        if (made.size > 3 * events) {
          await pause(100);
        }
      }
    });
    await Promise.all([killing, ...makers]);

    const sequencesOf = () => {
      const sequences = new Map<string, Set<number>>();
      for (const { body } of receiver.received) {
        const { data } = JSON.parse(body) as { data: { api_key_id: string; sequence: number } };
        sequences.set(data.api_key_id, (sequences.get(data.api_key_id) ?? new Set()).add(data.sequence));
      }
      return sequences;
    };
    const missing = () => {
      const sequences = sequencesOf();
      return [...made].flatMap(([apiKeyId, count]) =>
        Array.from({ length: count }, (_, i) => i + 1)
          .filter((sequence) => sequences.get(apiKeyId)?.has(sequence) !== true)
          .map((sequence) => `${apiKeyId} ${sequence}`),
      );
    };
    // A claim of a process that was killed is taken over after a minute.
    await expect.poll(missing, { timeout: 180_000, interval: 1_000 }).toEqual([]);
    for (const [apiKeyId, sequences] of sequencesOf()) {
      expect([...sequences].sort(), apiKeyId).toEqual(Array.from({ length: sequences.size }, (_, i) => i + 1));
    }
    expect(killed).toBe(kills);
  } finally {
    for (const { service } of running) {
      service.signal("SIGTERM");
      await service.ended;
    }
  }
});
