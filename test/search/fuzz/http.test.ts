import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { talk } from "../secrecy/raw-socket.js";
import { runs } from "./hostile.js";
import { garbage } from "./http-garbage.js";
import { watchForCrashes } from "./judgement.js";

/** Some requests are halves, which the server rightly waits for: that is answer enough. */
const timeoutMs = 30;

let altalune: TestInstance;
let port: number;
let watch: ReturnType<typeof watchForCrashes>;
beforeAll(async () => {
  altalune = await startTestInstance();
  port = Number(new URL(altalune.url).port);
  watch = watchForCrashes();
});
afterAll(async () => {
  watch.stop();
  await altalune.stop();
});

test("no bytes on a connection bring the server down or hold up others", {
  timeout: 60_000 + runs * 1_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(garbage(altalune.rootKey), { minLength: 1, maxLength: 4 }), async (connections) => {
      await Promise.all(
        connections.map(({ bytes, leave }) => (leave === "at once" ? shout(bytes) : talk(port, bytes, timeoutMs))),
      );
      expect((await altalune.clients.projects.queryProjects({})).data).toEqual([]);
    }),
    { numRuns: runs * 10 },
  );
  expect(watch.crashes).toEqual([]);
  expect(altalune.logLines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});

test.each([
  ["two lengths that differ", ["Content-Length: 2", "Content-Length: 30"]],
  ["a length and chunks", ["Content-Length: 2", "Transfer-Encoding: chunked"]],
  ["chunks that are not the last coding", ["Transfer-Encoding: chunked, identity"]],
  ["a negative length", ["Content-Length: -1"]],
  ["a length with a space in its name", ["Content-Length : 2"]],
])("a request with %s is refused, and what is behind it is no request", async (_name, headers) => {
  const first = ["POST /altalune.v1.VerificationService/VerifyApiKey HTTP/1.1", "Host: a", ...headers, "", "{}"];
  const answer = String(await talk(port, `${first.join("\r\n")}GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`, 1_000));
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  expect(answer).not.toContain("alive");
});

/** Writes and resets, without a look at the answer. */
async function shout(bytes: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.on("close", () => resolve());
  socket.write(bytes, () => socket.resetAndDestroy());
  await promise;
}
