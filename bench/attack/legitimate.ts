/** Legitimate callers: verifications at a fixed rate, each timed from when it was due, so that no wait is left out. */

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

process.on("message", (job: LegitimateJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on("disconnect", () => process.exit());

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

async function run({ url, rootKey, keysFile, perSecond, durationMs }: LegitimateJob) {
  const keys = JSON.parse(readFileSync(keysFile, "utf8")) as readonly string[];
  const latencies: number[] = [];
  const calls: Promise<void>[] = [];
  const since = performance.now();
  let sent = 0;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const passed = performance.now() - since;
    if (passed >= durationMs) {
      clearInterval(timer);
      resolve();
    }
    for (; sent < (passed / 1000) * perSecond; sent++) {
      const dueAt = since + (sent / perSecond) * 1000;
      const key = keys[Math.floor(Math.random() * keys.length)] ?? "";
      calls.push(verify(url, rootKey, key).then(() => void latencies.push(performance.now() - dueAt)));
    }
  }, tickMs);
  await over;
  await Promise.all(calls);
  const sorted = Float64Array.from(latencies).sort();
  return { calls: sorted.length, p50Ms: sorted[sorted.length >> 1], p99Ms: sorted[Math.floor(sorted.length * 0.99)] };
}

async function verify(url: string, rootKey: string, key: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const body = JSON.stringify({ key, requiredScopes: ["orders:read"] });
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
    response.on("end", () => (answer.startsWith('{"valid":true') ? resolve() : reject(new Error(answer))));
  });
  call.on("error", reject);
  call.end(body);
  await promise;
}
