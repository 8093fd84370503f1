import { afterAll, beforeAll, expect, test } from "vitest";
import { DeliveryState } from "../../../gen/altalune/v1/webhook_pb.js";
import type { DueDelivery } from "../../../src/domain/webhook/model.js";
import { boundLookUps, LookUpsBusyError, type ResolveName } from "../../../src/platform/egress/look-ups.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { startWebhookReceiver } from "../../support/webhook-receiver.js";
import { deliveriesOf, deliveryJobs, newWebhook } from "../../support/webhooks.js";

const here = [{ address: "127.0.0.1", family: 4 }];

/** A name server that does not answer for some names until it is told to. */
function slowNames() {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const resolve: ResolveName = async (name) => {
    asked.push(name);
    if (name.startsWith("slow")) {
      await answered;
    }
    return here;
  };
  return { asked, answer, resolve };
}

test("one actor has one name looked up at a time, each once, and two actors have theirs", async () => {
  const { asked, answer, resolve } = slowNames();
  const find = boundLookUps(resolve);
  const waiting = [find("slow.one", "a"), find("slow.one", "a"), find("quick.two", "a")];
  expect(await find("quick.three", "b")).toEqual(here);
  expect(asked).toEqual(["slow.one", "quick.three"]);
  answer();
  expect(await Promise.all(waiting)).toEqual([here, here, here]);
  expect(asked).toEqual(["slow.one", "quick.three", "quick.two"]);
  // Nothing is kept of it: the address counts that the name has when it is called.
  await find("slow.one", "a");
  expect(asked).toHaveLength(4);
});

test("two names that are not answered are all that is waited for, and others are told so", async () => {
  const { asked, answer, resolve } = slowNames();
  const find = boundLookUps(resolve);
  const waiting = [find("slow.one", "a"), find("slow.two", "b")];
  await expect(find("quick.three", "c")).rejects.toBeInstanceOf(LookUpsBusyError);
  expect(asked).toEqual(["slow.one", "slow.two"]);
  answer();
  await Promise.all(waiting);
  expect(await find("quick.three", "c")).toEqual(here);
});

let altalune: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_JOBS: "off" } });
});
afterAll(() => altalune.stop());

test("names of a project that are not answered hold up its own deliveries alone, and those that wait have not failed", async () => {
  await using receiver = await startWebhookReceiver();
  const { port } = new URL(receiver.url);
  const { asked, answer, resolve } = slowNames();
  const deliveries = await deliveriesOf(altalune, resolve);
  const newJob = async (projectId: string, host: string) => {
    const { webhookId } = await newWebhook(altalune.clients, projectId, `http://${host}:${port}/`);
    const [job] = await deliveryJobs(altalune.db, webhookId);
    return { webhookId, job: job as DueDelivery };
  };
  const [slow, other] = [await newProject(altalune.clients), await newProject(altalune.clients)];
  const stuck = await newJob(slow, "slow.example.com");
  const behind = await newJob(slow, "quick.example.com");
  const elsewhere = await newJob(other, "quick.example.org");
  const attempt = deliveries.attempt(stuck.job);
  await expect.poll(() => asked).toEqual(["slow.example.com"]);
  const second = deliveries.attempt(behind.job);
  await deliveries.attempt(elsewhere.job);
  expect(receiver.received).toHaveLength(1);
  await second;
  const { data } = await altalune.clients.webhooks.queryDeliveries({ projectId: slow, webhookId: behind.webhookId });
  expect(data).toMatchObject([{ attempts: 0, state: DeliveryState.PENDING, lastError: "" }]);
  answer();
  await attempt;
  expect(receiver.received).toHaveLength(2);
});
