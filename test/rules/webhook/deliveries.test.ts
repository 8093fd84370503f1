import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { DeliveryState, WebhookDisabledReason } from "../../../gen/altalune/v1/webhook_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { holdAnswers, type Received, startWebhookReceiver } from "../../support/webhook-receiver.js";

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_WEBHOOK_ALLOW: "loopback" } });
});
afterAll(() => altalune.stop());

interface Payload {
  readonly type: string;
  readonly timestamp: string;
  readonly data: {
    readonly project_id: string;
    readonly api_key_id?: string;
    readonly sequence: number;
    readonly detail: Readonly<Record<string, unknown>>;
  };
}

const payloadOf = ({ body }: Received): Payload => JSON.parse(body) as Payload;
const headersOf = ({ headers }: Received) => headers as Record<string, string>;

async function newHook(url: string, settings: { readonly eventTypes?: readonly string[] } = {}) {
  const { webhooks } = altalune.clients;
  const projectId = await newProject(altalune.clients);
  const { eventTypes = [] } = settings;
  const { webhook, secret } = await webhooks.createWebhook({ projectId, url, eventTypes: [...eventTypes] });
  return { projectId, webhookId: webhook?.id ?? "", secret };
}

async function deliveriesOf(projectId: string, webhookId: string) {
  return (await altalune.clients.webhooks.queryDeliveries({ projectId, webhookId })).data;
}

test("what happens to a key is delivered, signed as Standard Webhooks has it, in the order of its sequence", async () => {
  await using receiver = await startWebhookReceiver();
  const { apiKeys } = altalune.clients;
  const { projectId, webhookId, secret } = await newHook(receiver.url);
  const { id: apiKeyId, value } = await newApiKey(altalune.clients, projectId, { ownerId: "alice" });
  await apiKeys.deactivateApiKey({ projectId, apiKeyId });
  await apiKeys.activateApiKey({ projectId, apiKeyId });
  await apiKeys.rotateApiKey({ projectId, apiKeyId, gracePeriod: durationFromMs(1000) });
  await apiKeys.revokeApiKey({ projectId, apiKeyId, reason: RevocationReason.KEY_COMPROMISED });

  const received = await receiver.has(5);
  expect(received).toHaveLength(5);
  const bySequence = received.map(payloadOf).sort((a, b) => a.data.sequence - b.data.sequence);
  expect(bySequence.map(({ type, data }) => [type, data.sequence])).toEqual([
    ["api_key.created", 1],
    ["api_key.deactivated", 2],
    ["api_key.activated", 3],
    ["api_key.rotated", 4],
    ["api_key.revoked", 5],
  ]);
  expect(bySequence[0]?.data).toMatchObject({ project_id: projectId, api_key_id: apiKeyId });
  expect(bySequence[4]?.data.detail).toMatchObject({ reason: "key_compromised" });
  for (const one of received) {
    // The package throws unless the signature is that of this body, and the time is now.
    expect(new Webhook(secret).verify(one.body, headersOf(one))).toEqual(payloadOf(one));
    expect(one.headers["content-type"]).toBe("application/json");
    expect(one.body).not.toContain(value);
    expect(one.body).not.toContain(secret);
  }
  await expect
    .poll(async () => (await deliveriesOf(projectId, webhookId)).map(({ state, lastStatus }) => [state, lastStatus]))
    .toEqual(Array.from({ length: 5 }, () => [DeliveryState.SUCCEEDED, 204]));
});

test("a webhook is told of the types that it wants alone, and not of other projects", async () => {
  await using receiver = await startWebhookReceiver();
  const { apiKeys } = altalune.clients;
  const { projectId } = await newHook(receiver.url, { eventTypes: ["api_key.revoked"] });
  const elsewhere = await newProject(altalune.clients);
  await newApiKey(altalune.clients, elsewhere);
  const { id: apiKeyId } = await newApiKey(altalune.clients, projectId);
  await apiKeys.revokeApiKey({ projectId, apiKeyId, reason: RevocationReason.SUPERSEDED });
  const received = await receiver.has(1);
  expect(received.map((one) => payloadOf(one).type)).toEqual(["api_key.revoked"]);
  // The creation has a place all the same: a receiver that wants to can see what it was not told of.
  expect(received.map((one) => payloadOf(one).data.sequence)).toEqual([2]);
});

test("what fails is attempted again after 5 s, as the same event", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(500).end());
  const { projectId, webhookId, secret } = await newHook(receiver.url);
  const { delivery } = await altalune.clients.webhooks.sendTestEvent({ projectId, webhookId });
  const [first] = await receiver.has(1);
  await expect
    .poll(async () => (await deliveriesOf(projectId, webhookId))[0])
    .toMatchObject({
      state: DeliveryState.PENDING,
      attempts: 1,
      lastStatus: 500,
      lastError: "the answer has the status 500",
    });
  const [pending] = await deliveriesOf(projectId, webhookId);
  const waits = Number(pending?.nextAttemptAt?.seconds) - Number(pending?.lastAttemptAt?.seconds);
  expect(waits).toBeGreaterThanOrEqual(4);
  expect(waits).toBeLessThanOrEqual(6);
  receiver.answerWith((response) => void response.writeHead(200).end("thanks"));
  const received = await receiver.has(2, 20_000);
  expect(received[1]?.body).toBe(first?.body);
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual([delivery?.eventId, delivery?.eventId]);
  expect(new Webhook(secret).verify(received[1]?.body ?? "", headersOf(received[1] as Received))).toBeTruthy();
  await expect
    .poll(async () => (await deliveriesOf(projectId, webhookId))[0])
    .toMatchObject({ state: DeliveryState.SUCCEEDED, attempts: 2, lastStatus: 200, lastError: "" });
});

test("an endpoint that is gone is switched off, and the trail tells", async () => {
  await using receiver = await startWebhookReceiver();
  receiver.answerWith((response) => void response.writeHead(410).end());
  const { webhooks, audit } = altalune.clients;
  const { projectId, webhookId } = await newHook(receiver.url);
  const { delivery } = await webhooks.sendTestEvent({ projectId, webhookId });
  await expect
    .poll(async () => (await webhooks.getWebhook({ projectId, webhookId })).webhook)
    .toMatchObject({ enabled: false, disabledReason: WebhookDisabledReason.GONE });
  expect(await deliveriesOf(projectId, webhookId)).toMatchObject([{ state: DeliveryState.FAILED, lastStatus: 410 }]);
  const { data } = await audit.queryAuditEvents({
    projectId,
    query: { filters: { action: { values: ["webhook.disabled"] } } },
  });
  expect(data).toMatchObject([{ actor: "system", resourceId: webhookId, detail: { reason: "gone", status: 410 } }]);
  await expect(webhooks.sendTestEvent({ projectId, webhookId })).rejects.toThrow(/switched off/);
  await expect(webhooks.redeliverEvent({ projectId, webhookId, eventId: delivery?.eventId ?? "" })).rejects.toThrow(
    /switched off/,
  );
  // Nothing of what happens meanwhile is told later.
  await newApiKey(altalune.clients, projectId);
  receiver.answerWith((response) => void response.writeHead(204).end());
  await webhooks.updateWebhook({ projectId, webhookId, enabled: true });
  await webhooks.redeliverEvent({ projectId, webhookId, eventId: delivery?.eventId ?? "" });
  const received = await receiver.has(2);
  expect(received.map((one) => payloadOf(one).type)).toEqual(["webhook.test", "webhook.test"]);
});

test("within the grace of a rotation both secrets verify, after it the new one alone", async () => {
  await using receiver = await startWebhookReceiver();
  const { webhooks } = altalune.clients;
  const { projectId, webhookId, secret: before } = await newHook(receiver.url);
  const { secret: after } = await webhooks.rotateWebhookSecret({
    projectId,
    webhookId,
    gracePeriod: durationFromMs(60_000),
  });
  await webhooks.sendTestEvent({ projectId, webhookId });
  const [inGrace] = await receiver.has(1);
  for (const secret of [before, after]) {
    expect(new Webhook(secret).verify(inGrace?.body ?? "", headersOf(inGrace as Received))).toBeTruthy();
  }
  const { secret: last } = await webhooks.rotateWebhookSecret({ projectId, webhookId, gracePeriod: {} });
  await webhooks.sendTestEvent({ projectId, webhookId });
  const [, later] = await receiver.has(2);
  expect(new Webhook(last).verify(later?.body ?? "", headersOf(later as Received))).toBeTruthy();
  for (const secret of [before, after]) {
    expect(() => new Webhook(secret).verify(later?.body ?? "", headersOf(later as Received))).toThrow();
  }
});

test("a redirection is not followed", async () => {
  await using receiver = await startWebhookReceiver();
  await using other = await startWebhookReceiver();
  const { projectId, webhookId } = await newHook(receiver.url);
  receiver.answerWith((response) => void response.writeHead(302, { location: other.url }).end());
  await altalune.clients.webhooks.sendTestEvent({ projectId, webhookId });
  await expect
    .poll(async () => (await deliveriesOf(projectId, webhookId))[0])
    .toMatchObject({ state: DeliveryState.PENDING, lastStatus: 302 });
  expect(other.received).toEqual([]);
});

test("an answer without end is not read", async () => {
  await using receiver = await startWebhookReceiver();
  const endless = await newHook(receiver.url);
  receiver.answerWith((response) => {
    response.writeHead(200);
    const more = setInterval(() => response.write(Buffer.alloc(1024 * 1024)), 1);
    response.on("close", () => clearInterval(more));
  });
  await altalune.clients.webhooks.sendTestEvent(endless);
  await expect
    .poll(async () => (await deliveriesOf(endless.projectId, endless.webhookId))[0])
    .toMatchObject({ state: DeliveryState.SUCCEEDED, lastStatus: 200 });
});

test("a slow endpoint is sent eight at once, and holds up itself alone", async () => {
  await using slow = await startWebhookReceiver();
  await using quick = await startWebhookReceiver();
  const { waiting } = holdAnswers(slow);
  const hook = await newHook(slow.url);
  const { webhooks } = altalune.clients;
  await Promise.all(Array.from({ length: 12 }, () => webhooks.sendTestEvent(hook)));
  await expect.poll(() => waiting.length).toBe(8);
  await webhooks.sendTestEvent(await newHook(quick.url));
  await quick.has(1, 5_000);
  expect(waiting).toHaveLength(8);
});
