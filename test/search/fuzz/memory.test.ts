import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runService, type ServiceProcess } from "../../process/chaos/service-process.js";
import { createTestDatabase, type TestDatabase } from "../../support/database.js";
import { inParallel } from "../../support/in-parallel.js";
import { createClients, transportTo } from "../../support/instance.js";
import { protocols } from "../secrecy/protocols.js";
import { authorizationOf, newSubject, pathOfRpc, rpcs, validRequest } from "../secrecy/rpcs.js";
import { Wire } from "../secrecy/wire.js";
import { binaryRequest } from "./binary-requests.js";
import { runs } from "./hostile.js";
import { jsonRequest } from "./json-requests.js";

/** Fewer would hide a small leak in the noise, which is well below a megabyte once the first thousand are over. */
const leastRequests = 3_000;
const requests = Math.max(runs * 1_000, leastRequests);
const warmUp = 1_500;
/** For caches that fill up to their bounds, and the noise of a heap. A leak of one object a request is more. */
const allowedGrowth = Math.min(requests * 700, 6 * 1024 * 1024);

const rootKey = randomBytes(32).toString("hex");
let database: TestDatabase;
let service: ServiceProcess;
let wire: Wire;
beforeAll(async () => {
  database = await createTestDatabase();
  const env = {
    DATABASE_URL: database.url,
    ALTALUNE_MASTER_KEY: randomBytes(32).toString("base64"),
    ALTALUNE_ROOT_KEY: rootKey,
    LOG_LEVEL: "fatal",
  };
  service = runService(env, ["--import", new URL("./heap-report.mjs", import.meta.url).href]);
  wire = new Wire(await service.ready);
});
afterAll(async () => {
  wire.close();
  service.signal("SIGTERM");
  await service.ended;
  await database.drop();
});

test(`${requests} hostile requests leave nothing behind in memory`, { timeout: 60_000 + requests * 10 }, async () => {
  const samples = await sampledRequests();
  await send(samples, warmUp);
  const before = await report();
  await send(samples, requests);
  const after = await report();
  expect(after.rejections).toBe(0);
  expect(after.heapUsed - before.heapUsed).toBeLessThan(allowedGrowth);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(allowedGrowth);
});

type Sample = (caller: string) => Promise<unknown>;

/**
 * Requests over every protocol of every rpc that leaves no more rows behind than there were; and but for one whose work
 * grows with the trail that the others write.
 */
async function sampledRequests(): Promise<readonly Sample[]> {
  const clients = createClients(transportTo(await service.ready, rootKey));
  const subject = await newSubject({ clients });
  return rpcs
    .filter(({ name, methodKind }) => methodKind === "unary" && !/^(Delete|Create|Invite|VerifyAuditTrail)/.test(name))
    .flatMap((rpc) =>
      protocols.flatMap((protocol): Sample[] => {
        // Changes wait for the disk and for other instances; of these fewer will do.
        const samples = /^(Get|Query|Verify|Batch|Check)/.test(rpc.name) ? 20 : 1;
        const valid = () => validRequest(rpc, subject);
        const messages =
          protocol.encoding === "json"
            ? fc.sample<string | Uint8Array>(jsonRequest(rpc.input, valid, subject), samples)
            : fc.sample<string | Uint8Array>(binaryRequest(rpc.input, valid, subject), samples);
        return messages.map(
          (message) => (caller) =>
            protocol.send(wire, pathOfRpc(rpc), message, { authorization: authorizationOf(rpc, subject, caller) }),
        );
      }),
    );
}

async function send(samples: readonly Sample[], count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  await inParallel(numbers, async (number) => {
    const sample = samples[number % samples.length];
    await sample?.(number % 50 === 0 ? randomBytes(32).toString("hex") : rootKey);
  });
}

async function report() {
  return (await service.ask("memory")) as { heapUsed: number; arrayBuffers: number; rejections: number };
}
