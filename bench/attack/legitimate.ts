/**
 * Legitimate callers: verifications at a fixed rate, each timed from when it was due, so that no wait is left out. Most are
 * answered from memory; one in five asks the database, as for a key that was not seen before. One in fifty opens a connection of
 * its own; the others use those that were opened in the second before, which is not measured.
 */

import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";

export interface LegitimateJob {
  readonly url: string;
  readonly rootKey: string;
  readonly keysFile: string;
  readonly perSecond: number;
  readonly durationMs: number;
}

const tickMs = 5;
const coldEvery = 5;
const newConnectionEvery = 50;
const warmUpMs = 1_000;

/** Of one kind of call. */
export interface Latencies {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
}

process.on("message", (job: LegitimateJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on("disconnect", () => process.exit());

const kept = new Agent({ keepAlive: true, maxSockets: 64 });
const once = new Agent({ keepAlive: false });

async function run({ url, rootKey, keysFile, perSecond, durationMs }: LegitimateJob) {
  const keys = JSON.parse(readFileSync(keysFile, "utf8")) as readonly string[];
  const latencies: Record<"warm" | "cold", number[]> = { warm: [], cold: [] };
  const refused = { warm: 0, cold: 0 };
  const calls: Promise<void>[] = [];
  const since = performance.now();
  let sent = 0;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const passed = performance.now() - since;
    if (passed >= warmUpMs + durationMs) {
      clearInterval(timer);
      resolve();
    }
    for (; sent < (passed / 1000) * perSecond; sent++) {
      const dueAt = since + (sent / perSecond) * 1000;
      const key = keys[Math.floor(Math.random() * keys.length)] ?? "";
      const kind = sent % coldEvery === 0 ? "cold" : "warm";
      const agent = sent % newConnectionEvery === 1 ? once : kept;
      calls.push(
        verify(url, rootKey, key, kind, agent).then((answered) => {
          if (dueAt - since >= warmUpMs) {
            latencies[kind].push(performance.now() - dueAt);
            refused[kind] += answered ? 0 : 1;
          }
        }),
      );
    }
  }, tickMs);
  await over;
  await Promise.all(calls);
  return {
    all: summary([...latencies.warm, ...latencies.cold], refused.warm + refused.cold),
    warm: summary(latencies.warm, refused.warm),
    cold: summary(latencies.cold, refused.cold),
  };
}

function summary(latencies: readonly number[], refused: number): Latencies {
  const sorted = Float64Array.from(latencies).sort();
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  return { calls: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), refused };
}

async function verify(
  url: string,
  rootKey: string,
  key: string,
  kind: "warm" | "cold",
  agent: Agent,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const body = JSON.stringify({
    key,
    requiredScopes: ["orders:read"],
    ...(kind === "cold" && { consistency: "CONSISTENCY_FULLY_CONSISTENT" }),
  });
  const headers = {
    authorization: `Bearer ${rootKey}`,
    "content-type": "application/json",
    "content-length": body.length,
  };
  const call = request(`${url}/altalune.v1.VerificationService/VerifyApiKey`, { method: "POST", agent, headers });
  call.on("response", (response) => {
    let answer = "";
    response.on("data", (chunk) => {
      answer += String(chunk);
    });
    response.on("end", () => resolve(answer.startsWith('{"valid":true')));
  });
  call.on("error", () => resolve(false));
  call.end(body);
  return promise;
}
