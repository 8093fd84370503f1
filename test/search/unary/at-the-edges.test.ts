import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { speak } from "./answers.js";
import { comparable } from "./comparison.js";
import { environmentKey } from "./root-keys.js";
import { startTwins, type Twin, type Twins } from "./twins.js";

const path = "/altalune.v1.VerificationService/VerifyApiKey";

let twins: Twins;
let projectId: string;
let key: string;
beforeAll(async () => {
  twins = await startTwins();
  projectId = await newProject(twins.clients);
  key = (await newApiKey(twins.clients, projectId)).value;
});
afterAll(() => twins.stop());

function bytesOf(body: string, length = Buffer.byteLength(body)): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: localhost",
    `Authorization: Bearer ${environmentKey}`,
    "Content-Type: application/json",
    `Content-Length: ${length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

const ask = async ({ port }: Twin, body: string) =>
  comparable(await speak(port, { segments: [bytesOf(body)], methods: ["POST"] }));

test.each([
  ["warm verification's", 8 * 1024],
  ["the message's", 128 * 1024],
  ["a batch's", 1024 * 1024],
])("a body of %s limit, one byte less and one more, is answered alike", async (_name, limit) => {
  for (const length of [limit - 1, limit, limit + 1]) {
    const body = JSON.stringify({ key }).padEnd(length);
    const answer = await ask(twins.faces, body);
    expect(answer).toEqual(await ask(twins.adapter, body));
    expect(answer.answers[0]?.status).toBe(length > 128 * 1024 ? "HTTP/1.1 429 Too Many Requests" : "HTTP/1.1 200 OK");
  }
});

test("a thousand verifications of one cold key at once are one look-up", async () => {
  const { value } = await newApiKey(twins.clients, projectId);
  await ask(twins.faces, JSON.stringify({ key }));
  const before = twins.lookUps();
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () => ask(twins.faces, JSON.stringify({ key: value }))),
  );
  expect(new Set(answers.map(({ answers: [answer] }) => answer?.body)).size).toBe(1);
  expect(answers[0]?.answers[0]?.body).toContain('"valid":true');
  expect(twins.lookUps() - before).toBe(1);
}, 60_000);

test("an answer that is too large for warm verification counts once", async () => {
  const large = await newApiKey(twins.clients, projectId, { metadata: { text: "a".repeat(2_000) } });
  const body = JSON.stringify({ key: large.value });
  await ask(twins.faces, body);
  const before = await validCount();
  await ask(twins.faces, body);
  expect((await validCount()) - before).toBe(1);
});

describe("a client that sends half a body", () => {
  test.each([
    ["and leaves at once", 0],
    ["and leaves while it is waited for", 50],
    ["and leaves when the unary face has taken over", 250],
  ])("%s is counted alike, and is under way no more", async (_name, leavesMs) => {
    const body = JSON.stringify({ key });
    await ask(twins.faces, body);
    const before = [await canceledCount(twins.faces), await canceledCount(twins.adapter)];
    for (const { port } of [twins.faces, twins.adapter]) {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      socket.write(bytesOf(body.slice(0, -5), body.length));
      await delay(20 + leavesMs);
      await serverHasRead();
      socket.resetAndDestroy();
    }
    for (const [i, twin] of [twins.faces, twins.adapter].entries()) {
      await expect.poll(() => canceledCount(twin)).toBe((before[i] ?? 0) + 1);
      expect(await inFlight(twin)).toBe(0);
    }
  });

  test("and the rest later is answered alike", async () => {
    const body = JSON.stringify({ key });
    const whole = bytesOf(body);
    await ask(twins.faces, body);
    for (const pause of [10, 300]) {
      const answers = [];
      for (const { port } of [twins.faces, twins.adapter]) {
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        socket.write(whole.subarray(0, -9));
        await delay(pause);
        socket.write(whole.subarray(-9));
        const [answer] = (await once(socket, "data")) as [Buffer];
        answers.push(String(answer).replace(/(x-request-id|Date): .*/g, ""));
        socket.destroy();
      }
      expect(answers[0]).toContain('"valid":true');
      expect(answers[0]).toBe(answers[1]);
    }
  });
});

test("a drain waits for nobody who left, and then refuses alike", async () => {
  const own = await startTwins();
  onTestFinished(() => own.stop());
  const { value } = await newApiKey(own.clients, await newProject(own.clients));
  const body = JSON.stringify({ key: value });
  for (const twin of [own.faces, own.adapter, own.faces]) {
    expect((await ask(twin, body)).answers[0]?.body).toContain('"valid":true');
    const socket = connect(twin.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(Buffer.concat([bytesOf(body), bytesOf(body), bytesOf(body.slice(0, -1), body.length)]));
    await delay(20);
    await serverHasRead();
    socket.resetAndDestroy();
  }
  await delay(50);
  const since = performance.now();
  await Promise.all([own.faces.server.drain(), own.adapter.server.drain()]);
  expect(performance.now() - since).toBeLessThan(1_000);
  const refused = await ask(own.faces, body);
  expect(refused).toEqual(await ask(own.adapter, body));
  expect(refused.answers[0]?.body).toContain('"code":"unavailable"');
});

async function validCount(): Promise<number> {
  const metric = await twins.metrics.getSingleMetric("altalune_verifications_total")?.get();
  return metric?.values.find(({ labels }) => labels["code"] === "valid")?.value ?? 0;
}

/** It runs in this process: it takes the connection in one turn of the loop, and reads what came on it in the next. */
async function serverHasRead(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await immediate();
  }
}

async function canceledCount({ metrics }: Twin): Promise<number> {
  const metric = await metrics.getSingleMetric("altalune_rpcs_total")?.get();
  return metric?.values.find(({ labels }) => labels["code"] === "canceled")?.value ?? 0;
}

async function inFlight({ metrics }: Twin): Promise<number> {
  const metric = await metrics.getSingleMetric("altalune_rpcs_in_flight")?.get();
  return metric?.values[0]?.value ?? Number.NaN;
}
