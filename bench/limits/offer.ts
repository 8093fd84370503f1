import { setTimeout as pause } from "node:timers/promises";
import type { RpcClient } from "../lib/rpc-client.js";

/** One call that is made at its time, whether or not those before it are answered. */
export interface OfferedCall {
  /** Milliseconds from the start. */
  readonly atMs: number;
  readonly to: RpcClient;
  readonly key: string;
}

/** What one key was answered in one minute. */
export interface MinuteCount {
  readonly key: string;
  /** The end of the minute that the calls were counted in, as they say. */
  readonly resetAt: string;
  offered: number;
  admitted: number;
}

interface VerifyAnswer {
  readonly valid?: boolean;
  readonly rateLimits?: readonly { readonly resetAt: string }[];
}

/**
 * Makes the calls at their times.
 *
 * @returns what became of them, by key and minute
 * @throws when a call fails
 */
export async function offer(calls: readonly OfferedCall[]): Promise<readonly MinuteCount[]> {
  const counts = new Map<string, MinuteCount>();
  const ask = async ({ to, key }: OfferedCall) => {
    const answer = JSON.parse(await to.call("VerificationService/VerifyApiKey", { key })) as VerifyAnswer;
    const resetAt = answer.rateLimits?.[0]?.resetAt ?? "";
    const name = `${key} ${resetAt}`;
    const count = counts.get(name) ?? { key, resetAt, offered: 0, admitted: 0 };
    counts.set(name, count);
    count.offered += 1;
    count.admitted += answer.valid === true ? 1 : 0;
  };
  const sorted = calls.toSorted((a, b) => a.atMs - b.atMs);
  const since = performance.now();
  const asked: Promise<void>[] = [];
  let failure: unknown;
  for (const call of sorted) {
    const early = call.atMs - (performance.now() - since);
    if (early > 1) {
      await pause(early);
    }
    asked.push(
      ask(call).catch((error: unknown) => {
        failure ??= error;
      }),
    );
  }
  await Promise.all(asked);
  if (failure !== undefined) {
    throw failure;
  }
  return [...counts.values()];
}

/** Evenly spread times with some jitter, in milliseconds. */
export function spreadTimes(count: number, durationMs: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => ((i + Math.random()) * durationMs) / count);
}

/** Waits until a minute has so many milliseconds left, for the next one if need be. */
export async function roomInMinute(ms: number): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < ms) {
    await pause(left + 100);
  }
}
