import { expect } from "vitest";
import { forged } from "./forged.js";
import { type Guarded, target } from "./guarded-api.js";

/** What a client sees. */
const refusals: readonly (readonly [key: string, status: number, challenge: RegExp | undefined])[] = [
  ["none", 401, /^Bearer realm="[a-z0-9]{14}"$/],
  ["garbage", 401, /invalid_token/],
  ["600 characters", 401, /invalid_token/],
  ["REVOKED", 410, /invalid_token/],
  ["DISABLED", 401, /invalid_token/],
  ["EXPIRED", 401, /invalid_token/],
  ["INSUFFICIENT_SCOPE", 403, /insufficient_scope/],
  ["RATE_LIMITED", 429, undefined],
];

export async function expectRefusals({ api: { keys, upstream }, call }: Guarded): Promise<void> {
  for (const [key, status, challenge] of refusals) {
    for (const headers of [[], forged]) {
      const heard = await call(keys[key], headers);
      expect({ key, status: heard.status }).toEqual({ key, status });
      if (challenge === undefined) {
        expect(Number(heard.headers["retry-after"])).toBeGreaterThan(0);
      } else {
        expect(heard.headers["www-authenticate"]).toMatch(challenge);
      }
    }
  }
  const two = await call(keys["VALID"], [["Authorization", `Bearer ${keys["nobody's"]}`]]);
  expect(two.status).toBe(401);
  expect((await call(keys["VALID"], [["X-API-Key", "garbage"]])).status).toBe(401);
  expect(upstream.received()).toEqual([]);
}

export async function expectGoodKeysGetThrough({ api, call }: Guarded): Promise<void> {
  const { upstream, projectId, rootKey } = api;
  const good = api.keys["VALID"] ?? "";
  for (const header of [
    ["X-API-Key", good],
    ["Authorization", `bearer ${good}`],
  ] as const) {
    const { status, body } = await call(undefined, [header]);
    expect({ status, body }).toEqual({ status: 200, body: "hello" });
    const [received] = upstream.received();
    expect(received?.url).toBe(target);
    expect(received?.headers).toMatchObject({
      "x-altalune-project-id": projectId,
      "x-altalune-key-id": expect.stringMatching(/^[a-z0-9]{14}$/),
      "x-altalune-owner-id": "zoe%20%25",
      "x-altalune-scopes": "orders:read orders:list",
    });
    expect(JSON.stringify(received?.rawHeaders)).not.toContain(good);
    expect(JSON.stringify(received?.rawHeaders)).not.toContain(rootKey);
  }
}

/** Of everybody, however good their key, soon, and with when to come again. */
export async function expectUnavailable({ api: { keys, upstream }, call }: Guarded): Promise<void> {
  for (const key of [keys["VALID"], "garbage", undefined]) {
    const since = performance.now();
    const heard = await call(key);
    expect(heard.status).toBe(503);
    expect(heard.headers["retry-after"]).toBe("1");
    expect(performance.now() - since).toBeLessThan(10_000);
  }
  expect(upstream.received()).toEqual([]);
}
