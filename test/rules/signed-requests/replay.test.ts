import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { minuteMs } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { nameOf, newSigningKey, signedBy, verdictOn } from "./signed.js";

let altalune: TestInstance;
let other: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance();
  other = await startTestInstance({ beside: altalune });
});
afterAll(async () => {
  await other.stop();
  await altalune.stop();
});

test("a request that is sent again is refused, on the same instance and on another", async () => {
  const key = await newSigningKey(altalune.clients);
  const request = signedBy(key);
  expect(await verdictOn(altalune, request)).toBe("VALID");
  expect(await verdictOn(altalune, request)).toBe("REPLAYED");
  expect(await verdictOn(other, request)).toBe("REPLAYED");
});

test("a nonce is used up for every other request of its key, and for no other key", async () => {
  const key = await newSigningKey(altalune.clients);
  const sibling = await newSigningKey(altalune.clients, { projectId: key.projectId });
  const stranger = await newSigningKey(altalune.clients);
  const nonce = crypto.randomUUID();
  expect(await verdictOn(altalune, signedBy(key, { nonce }))).toBe("VALID");
  expect(await verdictOn(altalune, signedBy(key, { nonce, path: "/other", timestamp: new Date() }))).toBe("REPLAYED");
  expect(await verdictOn(altalune, signedBy(sibling, { nonce }))).toBe("VALID");
  expect(await verdictOn(altalune, signedBy(stranger, { nonce }))).toBe("VALID");
});

test("of concurrent replays on two instances exactly one is admitted, and one spends", async () => {
  const key = await newSigningKey(altalune.clients, { rateLimits: { perDay: 1000 } });
  for (let round = 0; round < 5; round++) {
    const request = signedBy(key);
    const instances = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? altalune : other));
    const verdicts = await Promise.all(instances.map((instance) => verdictOn(instance, request)));
    expect(verdicts.filter((verdict) => verdict === "VALID")).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === "REPLAYED")).toHaveLength(39);
  }
  const remaining = async () => {
    const { rateLimits } = await altalune.clients.verification.verifySignedRequest({ ...signedBy(key), cost: 0 });
    return rateLimits[0]?.remaining;
  };
  // An instance that admitted two rounds within 100 ms holds one more for a moment.
  await expect.poll(remaining).toBe(995);
});

describe("a nonce is left unused", () => {
  test("by a forged signature", async () => {
    const key = await newSigningKey(altalune.clients);
    const request = signedBy(key);
    const forged = { ...request, signature: new Uint8Array(32) };
    expect(await verdictOn(altalune, forged)).toBe("SIGNATURE_INVALID");
    expect(await verdictOn(altalune, request)).toBe("VALID");
  });

  test("by a missing scope", async () => {
    const key = await newSigningKey(altalune.clients, { scopes: ["orders:read"] });
    const request = signedBy(key);
    const asking = { ...request, requiredScopes: ["orders:read", "orders:write"] };
    expect(await altalune.clients.verification.verifySignedRequest(asking)).toMatchObject({
      code: VerificationCode.INSUFFICIENT_SCOPE,
      missingScopes: ["orders:write"],
    });
    expect(await verdictOn(altalune, { ...request, requiredScopes: ["orders:read"] })).toBe("VALID");
  });

  test("by a key that is off", async () => {
    const key = await newSigningKey(altalune.clients);
    const request = signedBy(key);
    await altalune.clients.apiKeys.deactivateApiKey(key);
    expect(await verdictOn(altalune, request)).toBe("DISABLED");
    await altalune.clients.apiKeys.activateApiKey(key);
    expect(await verdictOn(altalune, request)).toBe("VALID");
  });
});

describe("limits", () => {
  test("only a valid call spends, and what is limited is said", async () => {
    const key = await newSigningKey(altalune.clients, { rateLimits: { perDay: 3 } });
    const request = signedBy(key);
    const first = await altalune.clients.verification.verifySignedRequest(request);
    expect(first).toMatchObject({ valid: true, rateLimits: [{ limit: 3, remaining: 2 }] });
    expect(await verdictOn(altalune, request)).toBe("REPLAYED");
    expect(await verdictOn(altalune, { ...signedBy(key), signature: new Uint8Array(32) })).toBe("SIGNATURE_INVALID");
    expect(await verdictOn(altalune, { ...signedBy(key), requiredScopes: ["a"] })).toBe("INSUFFICIENT_SCOPE");
    const read = await altalune.clients.verification.verifySignedRequest({ ...signedBy(key), cost: 0 });
    expect(read).toMatchObject({ valid: true, rateLimits: [{ limit: 3, remaining: 2 }] });
    expect(await verdictOn(other, { ...signedBy(key), cost: 2 })).toBe("VALID");
    const limited = await altalune.clients.verification.verifySignedRequest(signedBy(key));
    expect(nameOf(limited)).toBe("RATE_LIMITED");
    expect(limited.rateLimits).toMatchObject([{ limit: 3, remaining: 0 }]);
    expect(limited.retryAfter).toBeDefined();
  });

  test("a limited call has used its nonce", async () => {
    const key = await newSigningKey(altalune.clients, { rateLimits: { perDay: 1 } });
    expect(await verdictOn(altalune, signedBy(key))).toBe("VALID");
    const limited = signedBy(key);
    expect(await verdictOn(altalune, limited)).toBe("RATE_LIMITED");
    expect(await verdictOn(altalune, limited)).toBe("REPLAYED");
    await altalune.clients.apiKeys.updateApiKey({ ...key, rateLimits: { perDay: 5 } });
    expect(await verdictOn(other, limited)).toBe("REPLAYED");
    expect(await verdictOn(other, signedBy(key))).toBe("VALID");
  });
});

describe("memory of nonces", () => {
  let server: TestInstance;
  let twin: TestInstance;
  beforeAll(async () => {
    server = await startTestInstance();
    twin = await startTestInstance({ beside: server });
  });
  afterAll(async () => {
    await twin.stop();
    await server.stop();
  });

  const remembered = async () => {
    const rows = await server.db.selectFrom("altalune_nonces").select("nonce").execute();
    return rows.map(({ nonce }) => nonce);
  };

  test("lasts as long as the request could be accepted, whatever is purged", async () => {
    const key = await newSigningKey(server.clients);
    // From the far end of the tolerance: accepted for ten minutes.
    const request = signedBy(key, { timestamp: new Date(Date.now() + 5 * minuteMs - 5000) });
    expect(await verdictOn(server, request)).toBe("VALID");
    for (const ahead of [0, 5 * minuteMs, 9 * minuteMs]) {
      await setClockAhead(server.db, ahead);
      await twin.services.nonces.purge();
      expect(await verdictOn(twin, request)).toBe("REPLAYED");
    }
    await setClockAhead(server.db, 10 * minuteMs);
    await twin.services.nonces.purge();
    expect(await verdictOn(twin, request)).toBe("SIGNATURE_INVALID");
    await setClockAhead(server.db, 16 * minuteMs);
    await twin.services.nonces.purge();
    expect(await remembered()).toEqual([]);
    expect(await verdictOn(twin, request)).toBe("SIGNATURE_INVALID");
    await setClockAhead(server.db, 0);
  });

  test("a request that got old on its way to the nonces is not admitted, even if its nonce was forgotten", async () => {
    const burn = (acceptedUntil: Date) =>
      server.services.nonces.burn({ projectId: 1n, apiKeyId: 1n }, crypto.randomUUID(), acceptedUntil);
    expect(await burn(new Date(Date.now() - 1000))).toBe("late");
    expect(await burn(new Date(Date.now() + 60_000))).toBe("burnt");
    await server.db.deleteFrom("altalune_nonces").execute();
  });

  test("is purged in batches, by two instances at once", async () => {
    const old = new Date(Date.now() - 6 * minuteMs);
    const live = new Date(Date.now() + minuteMs);
    const nonces = Array.from({ length: 5000 }, (_, i) => ({
      project_id: BigInt(i % 7),
      api_key_id: BigInt(i % 5),
      nonce: `nonce ${i}`,
      accepted_until: i < 4500 ? old : live,
    }));
    await server.db.insertInto("altalune_nonces").values(nonces).execute();
    await Promise.all([server, twin, server, twin].map(({ services }) => services.nonces.purge()));
    // A batch that another purge was holding is left to it; the next round takes what that one left.
    await server.services.nonces.purge();
    expect(await remembered()).toHaveLength(500);
    await server.db.deleteFrom("altalune_nonces").execute();
  });

  test("is purged by an instance that runs", async () => {
    await server.db
      .insertInto("altalune_nonces")
      .values({ project_id: 1n, api_key_id: 1n, nonce: "an old one", accepted_until: new Date(0) })
      .execute();
    await using _running = await startTestInstance({ beside: server });
    await expect.poll(remembered, { timeout: 10_000 }).toEqual([]);
  });
});
