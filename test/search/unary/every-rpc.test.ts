import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiKeyService } from "../../../gen/altalune/v1/api_key_pb.js";
import { TierService } from "../../../gen/altalune/v1/tier_pb.js";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { everyRpc, nameOf } from "../../rules/authority/every-rpc.js";
import { casesOf } from "../../support/effort.js";
import { anyCalls, goodCalls, placeholders, type SentCall, wrongCalls } from "./calls.js";
import type { Comparable } from "./masked-answers.js";
import { Side } from "./side.js";

/** Generated requests of each rpc; more in a longer search: UNARY_RUNS=5000 vitest run test/search/unary/every-rpc. */
const runs = Number(process.env["UNARY_RUNS"] ?? casesOf(60));

let unary: Side;
let adapter: Side;
beforeAll(async () => {
  [unary, adapter] = await Promise.all([Side.start("faces"), Side.start("adapter")]);
});
afterAll(async () => {
  await Promise.all([unary[Symbol.asyncDispose](), adapter[Symbol.asyncDispose]()]);
});

describe("the unary face answers as the library's adapter does", () => {
  test.each(everyRpc.map((rpc) => [nameOf(rpc), rpc] as const))("%s", async (_name, rpc) => {
    const ends = /^(Delete|Revoke|Exchange)/.test(rpc.name);
    await renewSubjects();
    if (rpc.name.startsWith("Claim")) {
      await Promise.all([unary.letRotate(), adapter.letRotate()]);
    }
    for (const call of goodCalls(rpc)) {
      if (rpc === TierService.method.deleteTier) {
        await expectAlike(goodCalls(TierService.method.upsertTier)[0] as SentCall);
      }
      expect(await expectAlike(call)).toMatchObject({ status: 200, headers: contentTypeOf(call) });
      await (ends && renewSubjects());
    }
    for (const call of [...wrongCalls(rpc), ...fc.sample(anyCalls(rpc), runs)]) {
      if (isTheSame(call)) {
        const { status } = await expectAlike(call);
        await (ends && status === 200 && renewSubjects());
      }
    }
  });

  test.each([
    ["gzip", "gzip"],
    ["br, gzip", "br"],
    ["identity", undefined],
  ])("to a long listing where %s is accepted", async (accepted, encoding) => {
    const { projectId } = placeholders;
    await renewSubjects();
    await Promise.all([unary.addKeys(10), adapter.addKeys(10)]);
    for (const call of goodCalls(ApiKeyService.method.queryApiKeys, () => ({ projectId }))) {
      const all = { ...call, headers: { ...call.headers, "accept-encoding": accepted } };
      const answer = await expectAlike(all);
      expect(answer.headers["content-encoding"]).toBe(encoding);
    }
  });

  test("to a long batch, whose answer is written in slices", async () => {
    const requests = Array.from({ length: 450 }, (_, i) => ({ key: `unknown ${i}` }));
    for (const call of goodCalls(VerificationService.method.batchVerifyApiKeys, () => ({ requests }))) {
      expect(await expectAlike(call)).toMatchObject({ status: 200 });
    }
  });

  test("to a client that leaves in the midst of its request, which is logged alike", async () => {
    for (const rpc of everyRpc) {
      const calls = goodCalls(rpc).map((call) => withRequestId(call, randomUUID()));
      await Promise.all(calls.flatMap((call) => [unary.abandon(call), adapter.abandon(call)]));
      for (const { headers } of calls) {
        // Who calls may not have been known yet: owners are looked up.
        const { principal: _, ...logged } = await unary.logged(headers["x-request-id"]);
        const { principal: __, ...alike } = await adapter.logged(headers["x-request-id"]);
        expect(logged).toEqual(alike);
        expect(logged).toMatchObject({ code: "canceled" });
      }
    }
  });

  test("when it shuts down", async () => {
    await Promise.all([unary.drain(), adapter.drain()]);
    for (const call of everyRpc.flatMap((rpc) => goodCalls(rpc))) {
      expect((await expectAlike(call)).body).toContain('"code":"unavailable"');
    }
  });

  test("and nothing went wrong unseen", () => {
    expect(unary.faults).toEqual([]);
    expect(adapter.faults).toEqual([]);
  });
});

async function renewSubjects(): Promise<void> {
  await Promise.all([unary.renewSubject(), adapter.renewSubject()]);
}

/** In garbage a side's own names may be read as tags and lengths: then each side is asked something else. */
function isTheSame(call: SentCall): boolean {
  return !/proto/i.test(call.headers["content-type"] ?? "") || unary.reads(call) === adapter.reads(call);
}

function contentTypeOf({ headers }: SentCall) {
  return { "content-type": headers["content-type"] };
}

/** A call that brings its own keeps it. */
function withRequestId(call: SentCall, requestId: string) {
  return { ...call, headers: { "x-request-id": requestId, ...call.headers } };
}

/** Asks both, and compares what they answer and log. */
async function expectAlike(call: SentCall): Promise<Comparable> {
  const requestId = randomUUID();
  const sent = withRequestId(call, requestId);
  const [answer, expected] = await Promise.all([unary.send(sent), adapter.send(sent)]);
  expect(answer, shown(sent)).toEqual(expected);
  if (sent.headers["x-request-id"] === requestId) {
    expect(await unary.logged(requestId), shown(sent)).toEqual(await adapter.logged(requestId));
  }
  return answer;
}

function shown({ rpc, over, method, query, headers, body }: SentCall): string {
  return `${over} ${method} ${nameOf(rpc)}${query} ${JSON.stringify(headers)}\n${body.toString("latin1", 0, 500)}`;
}
