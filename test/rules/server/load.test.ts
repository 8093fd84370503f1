import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  ApiKeyService,
  QueryApiKeysResponseSchema,
  RevocationReason,
  RevokeApiKeyResponseSchema,
} from "../../../gen/altalune/v1/api_key_pb.js";
import { VerificationService, VerifyApiKeyResponseSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { ConcurrencyLimiter } from "../../../src/platform/concurrency-limiter.js";
import { limitLoad } from "../../../src/server/call/load.js";
import { client } from "./clients.js";
import { mount, start } from "./start.js";

/** Calls that stay where they are until they are let go, and how many there were at once. */
class Held {
  readonly #gate = Promise.withResolvers<void>();
  #inside = 0;
  most = 0;

  async pass<Result>(result: Result): Promise<Result> {
    this.#inside += 1;
    this.most = Math.max(this.most, this.#inside);
    await this.#gate.promise;
    this.#inside -= 1;
    return result;
  }

  letGo(): void {
    this.#gate.resolve();
  }
}

const projectId = "aaaaaaaaaaaaaa";
const callers = Array.from({ length: 20 });

async function startHeld(held: Held) {
  return start({
    interceptors: [
      limitLoad({
        reports: 3,
        changes: new ConcurrencyLimiter({ max: 8, overloaded: () => new Error("a test waits longer than it may") }),
      }),
    ],
    routes: mount({
      apiKey: {
        queryApiKeys: () => held.pass(create(QueryApiKeysResponseSchema)),
        revokeApiKey: () => held.pass(create(RevokeApiKeyResponseSchema)),
      },
      verification: { verifyApiKey: () => create(VerifyApiKeyResponseSchema, { valid: true }) },
    }),
  });
}

test("listings of one root key leave one of the connections for reports to others, and verification goes on beside them", async () => {
  const held = new Held();
  const { url } = await startHeld(held);
  const keys = client(ApiKeyService, url);
  const listings = callers.map(() => keys.queryApiKeys({ projectId }));
  await expect.poll(() => held.most).toBe(2);
  expect(await client(VerificationService, url).verifyApiKey({ key: "k" })).toMatchObject({ valid: true });
  held.letGo();
  await Promise.all(listings);
  expect(held.most).toBe(2);
});

test("changes take their share of the connections at most", async () => {
  const held = new Held();
  const { url } = await startHeld(held);
  const keys = client(ApiKeyService, url);
  const changes = callers.map(() =>
    keys.revokeApiKey({ projectId, apiKeyId: projectId, reason: RevocationReason.ADMINISTRATIVE }),
  );
  await expect.poll(() => held.most).toBe(8);
  held.letGo();
  await Promise.all(changes);
  expect(held.most).toBe(8);
});

test("a listing whose caller has gone keeps its place until it has ended", async () => {
  const held = new Held();
  const { url } = await startHeld(held);
  const keys = client(ApiKeyService, url);
  const gone = new AbortController();
  const first = callers.map(() => keys.queryApiKeys({ projectId }, { signal: gone.signal }).catch(() => undefined));
  await expect.poll(() => held.most).toBe(2);
  gone.abort();
  await Promise.all(first);
  const next = keys.queryApiKeys({ projectId });
  await client(VerificationService, url).verifyApiKey({ key: "k" });
  expect(held.most).toBe(2);
  held.letGo();
  await next;
  expect(held.most).toBe(2);
});
