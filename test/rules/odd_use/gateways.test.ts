import { afterAll, beforeAll, expect, test } from "vitest";
import { dayMs, fromNow, newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { ask } from "../forward_auth/ask.js";

let trusting: TestInstance;
let other: TestInstance;
beforeAll(async () => {
  trusting = await startTestInstance({ env: { ALTALUNE_TRUSTED_PROXIES: "loopback" } });
  other = await startTestInstance({ beside: trusting });
});
afterAll(async () => {
  await other.stop();
  await trusting.stop();
});

test("a gateway that is trusted says where its client is, one that is not says nothing", async () => {
  const { clients } = trusting;
  const projectId = await newProject(clients);
  const { id: apiKeyId, value } = await newApiKey(clients, projectId);
  const question = (address: string) => ({
    query: `project_id=${projectId}`,
    headers: [
      ["X-API-Key", value],
      ["X-Forwarded-For", `192.0.2.1, ${address}`],
      ["User-Agent", "orders/1.2"],
    ] as const,
  });
  // From the database, and then from memory.
  for (let i = 0; i < 3; i++) {
    expect((await ask(other, question("198.51.100.7"))).status).toBe(200);
    expect((await ask(trusting, question("203.0.113.9"))).status).toBe(200);
  }
  await ask(trusting, { query: `project_id=${projectId}`, headers: [["X-API-Key", value]] });
  await ask(trusting, question("no address"));
  const period = { startTime: fromNow(-dayMs), endTime: fromNow(dayMs) };
  const told = async () => {
    const { networks, agents } = await clients.usage.getApiKeyUsageBySource({ projectId, apiKeyId, ...period });
    return [...networks, ...agents].map(({ value: source, verifications }) => [source, Number(verifications)]);
  };
  await expect.poll(told, { timeout: 20_000 }).toEqual([
    ["203.0.113.0/24", 3],
    ["orders/1.2", 3],
  ]);
});
