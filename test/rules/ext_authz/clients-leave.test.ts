import { type ClientHttp2Stream, connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { expect, onTestFinished } from "vitest";
import { CheckRequestSchema } from "../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { newRootKey } from "../authority/root-keys.js";
import { clientPreface, frame, headerBlock } from "../server/raw.js";
import { attributesOf, checkAt, outcomeOf, passed } from "./check.js";
import { framed } from "./framed.js";

const path = "/envoy.service.auth.v3.Authorization/Check";

let altalune: TestInstance;
let question: Parameters<typeof checkAt>[1];
let body: Buffer;
let asRootKey: Readonly<Record<string, string>>;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  asRootKey = { "x-altalune-root-key": instance.rootKey };
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId);
  question = { context: { project_id: projectId }, headers: { "x-api-key": value } };
  body = framed(toBinary(CheckRequestSchema, create(CheckRequestSchema, { attributes: attributesOf(question) })));
});

const ask = async (url = altalune.url, metadata = asRootKey) =>
  outcomeOf(await checkAt(url, { ...question, metadata }));

function openSocket(url: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined);
  const reads = Buffer.from([0x7f, 0, 0, 0]);
  socket.write(Buffer.concat([clientPreface, frame(8, 0, 0, reads)]));
  return socket;
}

function asking(streamId: number, metadata: Readonly<Record<string, string>>) {
  const headers = headerBlock({
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    ...metadata,
  });
  return { headers: frame(1, 4, streamId, headers), body: frame(0, 1, streamId, body) };
}

/** Takes a stream back, by a code of HTTP/2. */
function takingBack(streamId: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(3, 0, streamId, payload);
}

test("clients of Envoy that leave while it asks harm nobody", async () => {
  const session = connectHttp2(altalune.url);
  onTestFinished(() => session.destroy());
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", ...asRootKey };
  const leaving = [
    (stream: ClientHttp2Stream) => void stream.write(body.subarray(0, 20)),
    (stream: ClientHttp2Stream) => void stream.end(body),
    (stream: ClientHttp2Stream) => void stream.end(framed(new Uint8Array())),
  ];
  for (let time = 0; time < 30; time++) {
    for (const code of [constants.NGHTTP2_CANCEL, constants.NGHTTP2_INTERNAL_ERROR]) {
      const stream = session.request(headers);
      stream.on("error", () => undefined);
      leaving[time % leaving.length]?.(stream);
      await new Promise((resolve) => (time % 2 === 0 ? setImmediate(resolve) : setTimeout(resolve, 2)));
      stream.close(code);
    }
  }
  expect(await ask()).toEqual(passed);
});

test("a question that is taken back without an error, with its end, harms nobody", async () => {
  expect(await ask()).toEqual(passed);
  const socket = openSocket(altalune.url);
  socket.resume();
  for (let id = 1; id < 100; id += 2) {
    const { headers, body } = asking(id, asRootKey);
    socket.write(headers);
    await delay(2);
    socket.write(Buffer.concat([body, takingBack(id, constants.NGHTTP2_NO_ERROR)]));
    await delay(2);
  }
  expect(await ask()).toEqual(passed);
});

test("crowds that leave do not end a gateway's connection to its listener, on which the others' questions are", async () => {
  const { id: rootKeyId } = await newRootKey(altalune, { scopes: ["api_keys:verify"] });
  const { gatewayUrl = "", stop } = await startTestInstance({
    beside: altalune,
    env: { ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:0", ALTALUNE_GATEWAY_ROOT_KEY_ID: rootKeyId },
  });
  onTestFinished(stop);
  expect(await ask(gatewayUrl, {})).toEqual(passed);
  const socket = openSocket(gatewayUrl);
  const received: Buffer[] = [];
  socket.on("data", (bytes) => received.push(bytes));
  let id = -1;
  for (let crowd = 0; crowd < 15; crowd++) {
    const streams = Array.from({ length: 400 }, () => (id += 2));
    socket.write(Buffer.concat(streams.map((stream) => asking(stream, {}).headers)));
    socket.write(Buffer.concat(streams.map((stream) => takingBack(stream, constants.NGHTTP2_CANCEL))));
  }
  id += 2;
  socket.write(Buffer.concat(Object.values(asking(id, {}))));
  const lastFrame = frame(1, 5, id, Buffer.alloc(0)).subarray(3);
  const isAnswered = () => Buffer.concat(received).includes(lastFrame);
  await expect.poll(() => isAnswered() || socket.destroyed, { timeout: 20_000 }).toBe(true);
  expect(isAnswered()).toBe(true);
});
