import { sql } from "kysely";
import { expect } from "vitest";
import { CreateWebhookRequestSchema } from "../../../gen/altalune/v1/webhook_pb.js";
import { eventTypes } from "../../../src/domain/event/model.js";
import { textRules } from "../../../src/platform/field-rules.js";
import { denialOf } from "../../support/errors.js";
import { newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { nowhere } from "../../support/webhooks.js";

test("a webhook is shown as it was made, without its secret", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  const request = { projectId, url: nowhere, eventTypes: ["api_key.revoked"], description: "our app" };
  const { webhook, secret } = await webhooks.createWebhook(request);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(webhook).toMatchObject({ ...request, enabled: true, disabledReason: 0 });
  const { data } = await webhooks.queryWebhooks({ projectId });
  expect(data).toEqual([webhook]);
  expect(await webhooks.getWebhook({ projectId, webhookId: webhook?.id ?? "" })).toMatchObject({ webhook });
  const { rows } = await sql<{ row: string }>`
    select webhook::text as row from altalune_webhooks as webhook
  `.execute(instance.db);
  const bytes = Buffer.from(secret.slice("whsec_".length), "base64");
  for (const { row } of rows) {
    expect(row).not.toContain(bytes.toString("hex"));
    expect(row).not.toContain(secret);
  }
});

test("what a webhook cannot be is refused by the name of the field, and nothing is made", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  for (const [field, request] of [
    ["url", { url: "" }],
    ["url", { url: "ftp://app.example.com" }],
    ["url", { url: "https://user:secret@app.example.com/" }],
    ["url", { url: "https://app.example.com/#fragment" }],
    ["url", { url: "https://[::1" }],
    ["url", { url: `https://app.example.com/${"a".repeat(500)}` }],
    ["event_types", { url: nowhere, eventTypes: ["api_key.sold"] }],
    ["event_types", { url: nowhere, eventTypes: ["api_key.revoked", "api_key.revoked"] }],
    ["description", { url: nowhere, description: "a".repeat(201) }],
  ] as const) {
    const eventTypes = [...("eventTypes" in request ? request.eventTypes : [])];
    const denial = await denialOf(webhooks.createWebhook({ projectId, ...request, eventTypes }));
    expect(denial, JSON.stringify(request)).toMatchObject({
      code: "InvalidArgument",
      fields: [expect.stringContaining(field)],
    });
  }
  expect((await webhooks.queryWebhooks({ projectId })).data).toEqual([]);
});

test("the contract takes every type that there is, and none besides", () => {
  const { pattern } = textRules(CreateWebhookRequestSchema.field.eventTypes);
  expect(eventTypes.filter((type) => !pattern.test(type))).toEqual([]);
  // Each alternative of the pattern is one of them.
  const groups = [...pattern.source.matchAll(/(\w+)\[\.\]\(([^)]*)\)/g)];
  const taken = groups.flatMap(([, subject, verbs = ""]) => verbs.split("|").map((verb) => `${subject}.${verb}`));
  expect(taken.sort()).toEqual([...eventTypes].sort());
});

test("a webhook may ask for each type that there is", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  const { webhook } = await webhooks.createWebhook({ projectId, url: nowhere, eventTypes: [...eventTypes] });
  expect(webhook?.eventTypes).toEqual([...eventTypes]);
});

test("a project has at most 20 webhooks, also where many are made at once", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 25 }, () => webhooks.createWebhook({ projectId, url: nowhere })),
  );
  const refused = await Promise.all(
    outcomes
      .filter((outcome) => outcome.status === "rejected")
      .map(async ({ reason }) => (await denialOf(Promise.reject(reason))).reason),
  );
  expect(refused).toEqual(Array.from({ length: 5 }, () => "TOO_MANY_WEBHOOKS"));
  expect((await webhooks.queryWebhooks({ projectId })).data).toHaveLength(20);
});

test("a creation that is sent again makes one webhook, and does not show its secret again", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  const request = { projectId, url: nowhere, requestId: "one" };
  const first = await webhooks.createWebhook(request);
  const again = await webhooks.createWebhook(request);
  expect(again.webhook).toEqual(first.webhook);
  expect(again.secret).toBe("");
  const other = webhooks.createWebhook({ ...request, description: "another" });
  expect(await denialOf(other)).toMatchObject({ reason: "REQUEST_ID_REUSED" });
  expect((await webhooks.queryWebhooks({ projectId })).data).toHaveLength(1);
});

test("a change that is meant for another state does nothing", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  const { webhook } = await webhooks.createWebhook({ projectId, url: nowhere });
  const webhookId = webhook?.id ?? "";
  const etag = webhook?.etag ?? "";
  await webhooks.updateWebhook({ projectId, webhookId, description: "first", etag });
  for (const change of [
    () => webhooks.updateWebhook({ projectId, webhookId, description: "second", etag }),
    () => webhooks.deleteWebhook({ projectId, webhookId, etag }),
    () => webhooks.rotateWebhookSecret({ projectId, webhookId, etag }),
  ]) {
    expect(await denialOf(change())).toMatchObject({ reason: "ETAG_MISMATCH" });
  }
  const { webhook: after } = await webhooks.getWebhook({ projectId, webhookId });
  expect(after?.description).toBe("first");
  expect(after?.previousSecretExpiresAt).toBeUndefined();
});

test("a rotation that is sent again with its etag does nothing, and the secret before signs on", async ({
  instance,
}) => {
  const { webhooks } = instance.clients;
  const projectId = await newProject(instance.clients);
  const { webhook } = await webhooks.createWebhook({ projectId, url: nowhere });
  const meant = { projectId, webhookId: webhook?.id ?? "", etag: webhook?.etag ?? "" };
  const { webhook: after } = await webhooks.rotateWebhookSecret(meant);
  expect(await denialOf(webhooks.rotateWebhookSecret(meant))).toMatchObject({ reason: "ETAG_MISMATCH" });
  expect((await webhooks.getWebhook(meant)).webhook).toEqual(after);
  const invalid = webhooks.rotateWebhookSecret({ ...meant, etag: "a".repeat(65) });
  expect(await denialOf(invalid)).toMatchObject({ code: "InvalidArgument", fields: ["etag"] });
  await webhooks.rotateWebhookSecret({ ...meant, etag: after?.etag ?? "" });
  await webhooks.rotateWebhookSecret({ ...meant, etag: "*" });
});

test("a webhook of one project is not there for another", async ({ instance }) => {
  const { webhooks } = instance.clients;
  const [own, other] = [await newProject(instance.clients), await newProject(instance.clients)];
  const { webhook } = await webhooks.createWebhook({ projectId: own, url: nowhere });
  const place = { projectId: other, webhookId: webhook?.id ?? "" };
  for (const call of [
    () => webhooks.getWebhook(place),
    () => webhooks.updateWebhook({ ...place, description: "mine" }),
    () => webhooks.deleteWebhook(place),
    () => webhooks.rotateWebhookSecret(place),
    () => webhooks.sendTestEvent(place),
    () => webhooks.queryDeliveries(place),
    () => webhooks.redeliverEvent({ ...place, eventId: "e".repeat(14) }),
  ]) {
    expect(await denialOf(call())).toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
  }
});
