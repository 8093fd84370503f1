import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, onTestFinished } from "vitest";
import {
  Authorization,
  CheckRequestSchema,
  CheckResponseSchema,
} from "../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { metricsOf } from "../../support/metrics.js";
import { test } from "../../support/shared-instance.js";
import { askAt } from "../forward_auth/ask.js";
import { attributesOf, check, checkAt, expectStatus, outcomeOf, passed, refusal, unavailable } from "./check.js";
import { framed } from "./framed.js";

const path = "/envoy.service.auth.v3.Authorization/Check";
const invalid = refusal(500, "REQUIREMENT_INVALID");

let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

function message(more = {}): Uint8Array {
  const attributes = attributesOf({ context: { project_id: projectId }, headers: { "x-api-key": key }, ...more });
  return toBinary(CheckRequestSchema, create(CheckRequestSchema, { attributes }));
}

function openSession(): ClientHttp2Session {
  const session = connect(altalune.url);
  onTestFinished(() => session.destroy());
  return session;
}

/** Sends bytes as the body of a question, and reads what comes. */
async function send(chunks: readonly Uint8Array[], rootKey = altalune.rootKey) {
  const stream = openSession().request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    "x-altalune-root-key": rootKey,
  });
  let trailers: Record<string, unknown> = {};
  stream.on("trailers", (got) => {
    trailers = got;
  });
  for (const chunk of chunks) {
    stream.write(chunk);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stream.end();
  // Not by `for await`: where the answer ends before the question does, it takes the end that it has read for a premature one.
  const body: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => body.push(chunk));
  await once(stream, "end");
  const all = Buffer.concat(body);
  const answer = fromBinary(CheckResponseSchema, all.subarray(5));
  expect(all.readUInt32BE(1)).toBe(all.length - 5);
  expect(trailers["grpc-status"]).toBe("0");
  expectStatus(answer);
  return outcomeOf(answer);
}

test("a question may come in pieces of any size", async () => {
  const bytes = framed(message());
  for (const size of [1, 7, 64]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(await send(size === 1 ? [...pieces.slice(0, 20), bytes.subarray(20)] : pieces)).toEqual(passed);
  }
});

test("what is no question is denied with 500, and never passes", async () => {
  const good = message();
  const broken: readonly (readonly [what: string, chunks: readonly Uint8Array[]])[] = [
    ["nothing", []],
    ["half a head", [Buffer.from([0, 0])]],
    ["an empty message", [framed(new Uint8Array())]],
    ["no protobuf", [framed(Buffer.from("no protobuf at all"))]],
    ["a field beyond its message", [framed(Buffer.from([0x0a, 0x7f, 0x01]))]],
    ["a length without end", [framed(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))]],
    ["groups in groups", [framed(Buffer.alloc(100_000, 0x0b))]],
    ["cut off", [framed(good.subarray(0, good.length - 7))]],
    ["less than it says", [framed(good, { length: good.length + 1 })]],
    ["more than it says", [framed(good, { length: good.length - 1 })]],
    ["two questions", [framed(good), framed(good)]],
    ["compressed", [framed(good, { flag: 1 })]],
    ["a fault in the context", [framed(Buffer.from([0x0a, 0x04, 0x52, 0x02, 0x0a, 0x7f]))]],
  ];
  for (const [what, chunks] of broken) {
    for (let time = 0; time < 2; time++) {
      expect({ what, outcome: await send(chunks) }).toEqual({ what, outcome: invalid });
    }
  }
});

test("a request of a client's that is large is asked about, and one that is too large is denied", async () => {
  const headers = { "x-api-key": key, "x-large": "x".repeat(60_000) };
  expect(await send([framed(message({ headers }))])).toEqual(passed);
  const tooLarge = { headers: { ...headers, "x-large": "x".repeat(1_100_000) } };
  expect(await send([framed(message(tooLarge))])).toEqual(invalid);
});

test("whose root key does not work is told before the question has come", async () => {
  const stream = openSession().request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
  stream.write(Buffer.from([0]));
  const [bytes] = (await once(stream, "data")) as [Buffer];
  const answer = fromBinary(CheckResponseSchema, bytes.subarray(5));
  expectStatus(answer);
  expect(outcomeOf(answer)).toEqual(refusal(500, "ROOT_KEY_INVALID"));
});

test("a question that does not come to its end is not waited for", async () => {
  const stream = openSession().request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    "x-altalune-root-key": altalune.rootKey,
  });
  stream.on("error", () => undefined);
  stream.write(framed(message()).subarray(0, 20));
  await once(stream, "close");
  expect(await send([framed(message())])).toEqual(passed);
});

test("other protocols are refused by status, and other rpcs of the service are not there", async () => {
  const ask = (method: string, type: string, target = path) =>
    askAt(altalune.url, {
      target,
      method,
      headers: [
        ["Content-Type", type],
        ["X-Altalune-Root-Key", altalune.rootKey],
      ],
      ...(method === "POST" ? { body: "{}" } : {}),
    });
  expect((await ask("POST", "application/json")).status).toBe(415);
  expect((await ask("POST", "application/grpc-web+proto")).status).toBe(415);
  expect((await ask("POST", "application/grpc")).status).toBe(505);
  const got = await ask("GET", "application/grpc");
  expect({ status: got.status, allow: got.headers["allow"] }).toEqual({ status: 405, allow: "POST" });
  for (const near of [`${path}/`, `${path}2`, path.toLowerCase(), `/x${path}`]) {
    expect((await ask("POST", "application/json", near)).status).toBe(404);
  }
});

test("many questions on one connection each get their own answer", async () => {
  const client = createClient(Authorization, createGrpcTransport({ baseUrl: altalune.url }));
  const headers = { "x-altalune-root-key": altalune.rootKey };
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => {
      const given = { context: { project_id: projectId }, headers: { "x-api-key": i % 2 === 0 ? key : "garbage" } };
      return client.check({ attributes: attributesOf(given) }, { headers });
    }),
  );
  for (const [i, answer] of answers.entries()) {
    expectStatus(answer);
    expect(answer.status?.code).toBe(i % 2 === 0 ? 0 : 16);
  }
});

test("the metrics count questions by what came of them", async () => {
  await using counted = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "warn" } });
  const question = { context: { project_id: projectId } };
  for (const presented of [key, key, key, "garbage"]) {
    await check(counted, { ...question, headers: { "x-api-key": presented } });
  }
  await checkAt(counted.url, question);
  const method = path.slice(1);
  const metrics = await metricsOf(counted);
  expect(metrics).toContain(`altalune_rpcs_total{method="${method}",code="ok"} 4\n`);
  expect(metrics).toContain(`altalune_rpcs_total{method="${method}",code="http_500"} 1\n`);
});

test("from when an instance stops, Envoy hears UNAVAILABLE there, whatever is asked", async () => {
  const stopping = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "warn" } });
  const client = createClient(Authorization, createGrpcTransport({ baseUrl: stopping.url }));
  const ask = () =>
    client.check(
      { attributes: attributesOf({ context: { project_id: projectId }, headers: { "x-api-key": key } }) },
      { headers: { "x-altalune-root-key": altalune.rootKey } },
    );
  expect((await ask()).status?.code).toBe(0);
  const stopped = stopping.stop();
  await expect(ask()).rejects.toMatchObject(unavailable);
  await stopped;
});
