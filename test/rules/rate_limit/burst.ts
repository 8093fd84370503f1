import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { RateLimitWindow, VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import type { TestInstance } from "../../support/instance.js";

type Asked = Pick<TestInstance, "clients">;

/** What became of calls. */
export interface Outcome {
  readonly admitted: number;
  readonly limited: number;
  /** Codes of those that failed. */
  readonly failed: readonly string[];
  /** Those that were admitted, by the end of the window that they say they were counted in, as ISO 8601. */
  readonly byReset: Readonly<Record<string, number>>;
}

/** Verifies a key so many times at once, by turns on each instance. */
export async function burst(instances: readonly Asked[], key: string, calls: number, cost = 1): Promise<Outcome> {
  const turns = Array.from({ length: calls }, (_, i) => instances[i % instances.length] as Asked);
  return outcomeOf(await Promise.all(turns.map((instance) => verify(instance, key, cost))));
}

/** The same one after the other. */
export async function inTurn(instances: readonly Asked[], key: string, calls: number, cost = 1): Promise<Outcome> {
  const answers: Answer[] = [];
  for (let i = 0; i < calls; i++) {
    answers.push(await verify(instances[i % instances.length] as Asked, key, cost));
  }
  return outcomeOf(answers);
}

interface Answer {
  readonly code: string;
  readonly reset: string;
}

async function verify({ clients }: Asked, key: string, cost: number): Promise<Answer> {
  try {
    const { code, rateLimits } = await clients.verification.verifyApiKey({ key, cost });
    const state = rateLimits.find(({ window }) => window === RateLimitWindow.DAY) ?? rateLimits[0];
    const reset = state?.resetAt === undefined ? "" : new Date(timestampMs(state.resetAt)).toISOString();
    return { code: VerificationCode[code] ?? "", reset };
  } catch (error) {
    return { code: Code[ConnectError.from(error).code] ?? "", reset: "" };
  }
}

function outcomeOf(answers: readonly Answer[]): Outcome {
  const admitted = answers.filter(({ code }) => code === "VALID");
  const byReset: Record<string, number> = {};
  for (const { reset } of admitted) {
    byReset[reset] = (byReset[reset] ?? 0) + 1;
  }
  return {
    admitted: admitted.length,
    limited: answers.filter(({ code }) => code === "RATE_LIMITED").length,
    failed: answers.map(({ code }) => code).filter((code) => code !== "VALID" && code !== "RATE_LIMITED"),
    byReset,
  };
}
