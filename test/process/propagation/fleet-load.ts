import { setTimeout as sleep } from "node:timers/promises";
import { type Target, verification } from "./changes.js";
import type { Rpc } from "./rpc.js";

/** What the verifications of a run have shown. */
export interface Observed {
  verifications: number;
  /** Answers that were errors, by code. */
  readonly errors: Map<string, number>;
  readonly violations: string[];
}

export function nothingObserved(): Observed {
  return { verifications: 0, errors: new Map(), violations: [] };
}

/** Verifies a key, and notes whether the answer is VALID though the call started after the key was to be refused. */
export async function verify(rpc: Rpc, where: string, target: Target, observed: Observed): Promise<string> {
  const startedAt = performance.now();
  const startedWall = Date.now();
  const answer = await rpc("VerificationService/VerifyApiKey", verification(target.value));
  observed.verifications += 1;
  if (answer.kind !== "answered") {
    const code = answer.kind === "refused" ? answer.code : "lost";
    observed.errors.set(code, (observed.errors.get(code) ?? 0) + 1);
    return code;
  }
  const { refusedFrom } = target;
  const code = String(answer.body["code"]).replace("VERIFICATION_CODE_", "");
  if (
    code === "VALID" &&
    refusedFrom !== undefined &&
    startedAt > refusedFrom.returned &&
    startedWall > refusedFrom.effectiveAt
  ) {
    const late = Math.min(startedAt - refusedFrom.returned, startedWall - refusedFrom.effectiveAt);
    observed.violations.push(`${where} found ${target.id} VALID ${late.toFixed(1)} ms after it was to be refused`);
  }
  return code;
}

/** A load that goes on until it is stopped. */
export interface Load {
  stop(): Promise<void>;
}

/**
 * Verifies keys picked at random at a rate.
 *
 * @param perSecond undefined: as fast as the callers can
 */
export function startLoad(
  rpc: Rpc,
  where: string,
  pick: () => Target | undefined,
  observed: Observed,
  callers: number,
  perSecond?: number,
): Load {
  let stopped = false;
  const startedAt = performance.now();
  let due = 0;
  const call = async () => {
    while (!stopped) {
      const target = pick();
      if (perSecond !== undefined) {
        due += 1;
        const early = startedAt + (due / perSecond) * 1000 - performance.now();
        if (early > 1) {
          await sleep(early);
        }
      }
      if (target === undefined) {
        await sleep(5);
      } else if ((await verify(rpc, where, target, observed)) === "lost") {
        await sleep(20);
      }
    }
  };
  const calls = Array.from({ length: callers }, call);
  return {
    async stop() {
      stopped = true;
      await Promise.all(calls);
    },
  };
}
