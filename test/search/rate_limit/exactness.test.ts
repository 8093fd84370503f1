import fc from "fast-check";
import { expect, test } from "vitest";
import type { LimitDecision } from "../../../src/domain/rate_limit/limit-decision.js";
import { type LimitWindow, windowMs } from "../../../src/domain/rate_limit/model.js";
import { casesOf } from "../../support/effort.js";
import { ModelClock, ModelDatabase, ModelQuota, startOf } from "./model-fleet.js";

/** Sequences that are tried; more in a longer search: LIMITS_RUNS=100000 vitest run test/search/rate_limit/exactness. */
const numRuns = Number(process.env["LIMITS_RUNS"] ?? casesOf(2_000));
const instances = 3;

/** What happens next, on one of the instances. */
type Step =
  | { readonly kind: "call"; readonly on: number; readonly cost: number; readonly fresh: boolean }
  | { readonly kind: "ask" | "hear" | "lose"; readonly on: number; readonly which: number }
  /** All three at once. */
  | { readonly kind: "refill"; readonly on: number; readonly part: number }
  | { readonly kind: "grant"; readonly on: number; readonly which: number; readonly part: number }
  /** Another quota is opened while the one before may still have calls that wait. */
  | { readonly kind: "close"; readonly on: number }
  | { readonly kind: "crash"; readonly on: number }
  | { readonly kind: "pass"; readonly ms: number; readonly asleepMs: number }
  /** To shortly before a minute's end, when shares of the next are asked for. */
  | { readonly kind: "approach"; readonly leftMs: number };

const on = fc.nat({ max: instances - 1 });
/** Which of an instance's quotas, the newest first; mostly that. */
const which = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) });
const part = fc.double({ min: 0, max: 0.4, noNaN: true });
const seldom = { weight: 1, arbitrary: fc.constant(true) };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      on,
      cost: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.nat({ max: 9 }) }),
      fresh: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, seldom),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("ask" as const, "hear" as const), on, which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("grant" as const), on, which, part }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant("refill" as const), on, part }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), on, which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("close" as const, "crash" as const), on }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("approach" as const),
      leftMs: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1_100 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.oneof({ weight: 8, arbitrary: fc.nat({ max: 50 }) }, { weight: 1, arbitrary: fc.nat({ max: 90_000 }) }),
      asleepMs: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 90_000 }) }),
    }),
  },
);

/** Of large limits, what is held is more than what is asked for, and of the minute that comes, too. */
const scale = fc.constantFrom(1, 200);

const limits = fc.record({
  perMinute: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  perDay: fc.integer({ min: 1, max: 800 }),
});

test("no order of calls, refills, losses, crashes and sleeps admits more than a limit, or says that more is left", () => {
  fc.assert(
    fc.property(
      limits,
      scale,
      fc.nat({ max: windowMs.day - 1 }),
      fc.array(step, { minLength: 50, maxLength: 300, size: "max" }),
      ({ perMinute, perDay }, times, sinceMidnight, steps) => {
        const rateLimits = { perMinute: perMinute && perMinute * times, perDay: perDay * times };
        const clock = new ModelClock(20_000 * windowMs.day + sinceMidnight);
        const database = new ModelDatabase();
        const open = () => new ModelQuota(rateLimits, clock, database);
        const fleet = Array.from({ length: instances }, () => [open()]);
        const admitted: Record<LimitWindow, Map<number, number>> = { minute: new Map(), day: new Map() };
        let unanswered = 0;
        let isLossy = false;

        const count = ({ admitted: isAdmitted, limits: states }: LimitDecision, cost: number) => {
          for (const { window, limit, resetAt } of states) {
            const spent = (admitted[window].get(resetAt.getTime()) ?? 0) + (isAdmitted ? cost : 0);
            admitted[window].set(resetAt.getTime(), spent);
            expect(spent).toBeLessThanOrEqual(limit);
          }
        };
        const call = (quota: ModelQuota, cost: number, fresh: boolean) => {
          const now = fresh || cost === 0 ? undefined : quota.spendNow(cost);
          if (now !== undefined) {
            count(now, cost);
            for (const { window, limit, remaining, resetAt } of now.limits) {
              expect(resetAt.getTime()).toBe(startOf(window, clock.now) + windowMs[window]);
              expect(remaining).toBeLessThanOrEqual(limit - (admitted[window].get(resetAt.getTime()) ?? 0));
            }
            return;
          }
          unanswered += 1;
          quota.wait({
            cost,
            fresh,
            answer: (answer) => {
              unanswered -= 1;
              count(answer, cost);
            },
            fail: () => {
              unanswered -= 1;
            },
          });
        };

        for (const next of steps) {
          if (next.kind === "pass") {
            clock.pass(next.ms, next.asleepMs);
            continue;
          }
          if (next.kind === "approach") {
            const untilEnd = startOf("minute", clock.now) + windowMs.minute - clock.now;
            clock.pass(Math.max(0, untilEnd - next.leftMs), 0);
            continue;
          }
          const quotas = fleet[next.on] ?? [];
          const newest = quotas[0] ?? open();
          const picked = "which" in next ? quotas[next.which] : undefined;
          switch (next.kind) {
            case "call":
              call(newest, next.cost * times, next.fresh);
              break;
            case "refill":
              newest.ask();
              newest.grant(next.part);
              newest.hear();
              break;
            case "ask":
              picked?.ask();
              break;
            case "grant":
              picked?.grant(next.part);
              break;
            case "hear":
              picked?.hear();
              break;
            case "lose":
              isLossy = picked?.lose() === true || isLossy;
              break;
            case "close":
              newest.close();
              quotas.unshift(open());
              break;
            case "crash":
              if (!quotas.some(({ isAwaited }) => isAwaited)) {
                isLossy = true;
                fleet[next.on] = [open()];
              }
              break;
            default: {
              const unreachable: never = next;
              throw new Error(`unknown step ${JSON.stringify(unreachable)}`);
            }
          }
        }

        for (const quota of fleet.flat()) {
          quota.settle();
        }
        expect(unanswered).toBe(0);
        // What was granted and not spent has come back, unless it was lost.
        const today = startOf("day", clock.now);
        const unspent = database.grantedIn("day", today) - (admitted.day.get(today + windowMs.day) ?? 0);
        expect(isLossy ? Math.min(0, unspent) : unspent).toBe(0);
      },
    ),
    { numRuns },
  );
});
