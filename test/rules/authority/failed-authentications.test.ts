import type { Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { rootKeyCommand } from "../../../src/cli/root-key.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { maxFailures } from "../../../src/domain/root_key/failures.js";
import { runHere } from "../../process/cli/in-process.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { bearer, connectTo, type Outcome, outcomeOf, rootKeyInvalid } from "./call.js";
import { newRootKey, type RootKey } from "./root-keys.js";

const environmentKey = "environment-root-key-of-40-characters-xx";
const refusedUnheard = { code: "ResourceExhausted", reason: "TOO_MANY_FAILED_AUTHENTICATIONS" };

let transport: Transport;

function send(rootKey: string, forwardedFor?: string): Promise<Outcome> {
  const headers = { ...bearer(rootKey), ...(forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }) };
  return outcomeOf(transport.unary(ProjectService.method.queryProjects, undefined, undefined, headers, {}));
}

function sendBy(attacker: Transport, rootKey: string): Promise<Outcome> {
  const { queryProjects } = ProjectService.method;
  return outcomeOf(attacker.unary(queryProjects, undefined, undefined, bearer(rootKey), {}));
}

/** Fails as often as is heard, and each time is told that the key is invalid. */
async function failTooOften(forwardedFor: (attempt: number) => string): Promise<void> {
  for (let attempt = 0; attempt < maxFailures; attempt += 20) {
    const batch = Array.from({ length: 20 }, (_, i) => send("made-up", forwardedFor(attempt + i)));
    for (const outcome of await Promise.all(batch)) {
      expect(outcome).toMatchObject(rootKeyInvalid);
    }
  }
}

describe("an address that failed too often, under whatever X-Forwarded-For it forged", () => {
  let altalune: TestInstance;
  let known: RootKey;
  beforeAll(async () => {
    altalune = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: environmentKey } });
    transport = connectTo(altalune.url);
    known = await newRootKey(altalune);
    expect(await send(known.value)).toMatchObject({ code: "ok" });
    await failTooOften((attempt) => `203.0.113.${attempt % 250}`);
  });
  afterAll(() => altalune.stop());

  test("is refused unheard, with a reason and a time to wait", async () => {
    const outcome = await send(newSecret("alt_root_"));
    expect(outcome).toMatchObject(refusedUnheard);
    expect(Number(outcome.metadata["retry_after_seconds"])).toBeGreaterThan(0);
    expect(Number(outcome.metadata["retry_after_seconds"])).toBeLessThanOrEqual(60);
    expect(await send("made-up", "198.51.100.1")).toMatchObject(refusedUnheard);
  });

  test("still gets in with ALTALUNE_ROOT_KEY", async () => {
    expect(await send(environmentKey)).toMatchObject({ code: "ok" });
  });

  test("still gets in with a root key that works, used before or not, until that is revoked", async () => {
    expect(await send(known.value)).toMatchObject({ code: "ok" });
    expect(await send((await newRootKey(altalune)).value)).toMatchObject({ code: "ok" });

    const env = { DATABASE_URL: altalune.databaseUrl, ALTALUNE_MASTER_KEY: altalune.masterKey };
    await runHere(rootKeyCommand(), ["revoke", known.id], env);
    expect(await send(known.value)).toMatchObject(rootKeyInvalid);
    expect(await send(known.value)).toMatchObject(refusedUnheard);
  });
});

describe("an address that sends a thousand unknown root keys at once", () => {
  test("has its good keys heard all the same, on an instance that has just started too", async () => {
    await using altalune = await startTestInstance();
    const good = await Promise.all(Array.from({ length: 20 }, () => newRootKey(altalune)));
    await using fresh = await startTestInstance({ beside: altalune });
    for (const { url } of [altalune, fresh]) {
      transport = connectTo(url);
      // As many streams of a connection as the server takes.
      const attack = Array.from({ length: 4 }, () =>
        createConnectTransport({ baseUrl: url, httpVersion: "2" }),
      ).flatMap((attacker) => Array.from({ length: 250 }, () => sendBy(attacker, newSecret("alt_root_"))));
      const heard = await Promise.all(good.map(({ value }) => send(value)));
      expect(heard.map(({ code }) => code)).toEqual(good.map(() => "ok"));
      const reasons = (await Promise.all(attack)).map(({ reason }) => reason);
      const count = (asked: string) => reasons.filter((reason) => reason === asked).length;
      expect(count("ROOT_KEY_INVALID")).toBeLessThanOrEqual(maxFailures);
      expect(count("ROOT_KEY_INVALID") + count("TOO_MANY_FAILED_AUTHENTICATIONS")).toBe(reasons.length);
    }
  });
});

describe("behind a trusted proxy", () => {
  let altalune: TestInstance;
  beforeAll(async () => {
    altalune = await startTestInstance({ env: { ALTALUNE_TRUSTED_PROXIES: "loopback" } });
    transport = connectTo(altalune.url);
    // What a client writes there itself is left of what the proxy appends.
    await failTooOften((attempt) => `198.51.100.${attempt % 250}, 203.0.113.7`);
  });
  afterAll(() => altalune.stop());

  test("a client that failed too often is refused unheard, whatever it forged", async () => {
    expect(await send("made-up", "203.0.113.7")).toMatchObject(refusedUnheard);
    expect(await send("made-up", "192.0.2.1, 203.0.113.7")).toMatchObject(refusedUnheard);
  });

  test("other clients are not affected", async () => {
    expect(await send("made-up", "203.0.113.8")).toMatchObject(rootKeyInvalid);
    expect(await send(altalune.rootKey, "203.0.113.8")).toMatchObject({ code: "ok" });
    expect(await send("made-up", "203.0.113.7, 203.0.113.9")).toMatchObject(rootKeyInvalid);
    expect(await send("made-up")).toMatchObject(rootKeyInvalid);
  });
});
