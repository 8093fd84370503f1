import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { holdEvents } from "../../support/hold-events.js";
import { type Clients, startTestInstance, type TestInstance } from "../../support/instance.js";
import { newRootKey } from "../authority/root-keys.js";

let altalune: TestInstance;
let projectId: string;
let callers: readonly Clients[];
beforeAll(async () => {
  altalune = await startTestInstance();
  projectId = await newProject(altalune.clients);
  const makeCaller = async () => altalune.clientsWith((await newRootKey(altalune, { scopes: ["audit:read"] })).value);
  callers = await Promise.all(Array.from({ length: 8 }, makeCaller));
});
afterAll(() => altalune.stop());

function walk(clients: Clients, signal?: AbortSignal) {
  return clients.audit.verifyAuditTrail({ projectId }, signal && { signal });
}

/** Long enough for whoever is let through to have come to the database. */
const settleMs = 300;

test("of eight callers two walk at once, and listings and verification go on meanwhile", async () => {
  const { clients } = altalune;
  const { value } = await newApiKey(clients, projectId);
  const held = await holdEvents(altalune);
  const walks = callers.map((caller) => walk(caller));
  await expect.poll(() => held.waiting()).toBe(2);
  await sleep(settleMs);
  expect(await held.waiting()).toBe(2);
  expect(await clients.projects.queryProjects({})).toMatchObject({ meta: { rowCount: expect.anything() } });
  expect(await clients.verification.verifyApiKey({ key: value })).toMatchObject({ valid: true });
  await held.release();
  for (const report of await Promise.all(walks)) {
    expect(report).toMatchObject({ intact: true });
  }
});

test("of one caller one walks at a time, and another's walk does not wait for his others", async () => {
  const [one, another] = callers as [Clients, Clients];
  const held = await holdEvents(altalune);
  const walks = [walk(one), walk(one), walk(one)];
  await expect.poll(() => held.waiting()).toBe(1);
  await sleep(settleMs);
  expect(await held.waiting()).toBe(1);
  walks.push(walk(another));
  await expect.poll(() => held.waiting()).toBe(2);
  await held.release();
  for (const report of await Promise.all(walks)) {
    expect(report).toMatchObject({ intact: true });
  }
});

test("a walk that waits for its turn ends with its deadline and with its client, and never reads", async () => {
  const [one] = callers as [Clients];
  const held = await holdEvents(altalune);
  const walking = walk(one);
  await expect.poll(() => held.waiting()).toBe(1);
  const leaving = new AbortController();
  const left = walk(one, leaving.signal);
  const late = one.audit.verifyAuditTrail({ projectId }, { timeoutMs: settleMs });
  await expect(late).rejects.toThrow(/deadline_exceeded/);
  leaving.abort();
  await expect(left).rejects.toThrow(/canceled/);
  await expect.poll(endedCalls).toBe(2);
  expect(await held.waiting()).toBe(1);
  await held.release();
  expect(await walking).toMatchObject({ intact: true });
  expect(await walk(one)).toMatchObject({ intact: true });
});

/** How many walks the server gave up: by their deadline, or since their client had gone. */
function endedCalls(): number {
  return altalune.logLines.filter((line) => /VerifyAuditTrail.*"(canceled|deadline_exceeded)"/.test(line)).length;
}
