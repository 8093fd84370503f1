import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keysAnswer, newPair, signed } from "../../rules/exposure/github.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { hostileJson, hostileString, runs } from "./hostile.js";
import { watchForCrashes } from "./judgement.js";

const pair = newPair();

let altalune: TestInstance;
let watch: ReturnType<typeof watchForCrashes>;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_GITHUB_KEYS: keysAnswer(pair) } });
  watch = watchForCrashes();
});
afterAll(async () => {
  watch.stop();
  await altalune.stop();
});

async function post(body: Buffer, headers: Readonly<Record<string, string>>) {
  const response = await fetch(`${altalune.url}/leaks/github`, { method: "POST", headers, body: Buffer.from(body) });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

const value = fc.oneof(hostileString, fc.constant(null), fc.integer(), fc.array(fc.string(), { maxLength: 3 }));
const likely = fc
  .array(fc.record({ token: value, type: value, url: value, source: value }, { requiredKeys: ["token", "type"] }), {
    maxLength: 5,
  })
  .map((report) => JSON.stringify(report));
const body = fc.oneof({ weight: 4, arbitrary: likely }, hostileJson).map((sent) => Buffer.from(sent));

test("a signed body, whatever is in it, is labelled or refused by what is wrong with it", {
  timeout: 120_000 + runs * 1_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const { status, type, text } = await post(sent, signed(pair, sent));
      expect([200, 400], text).toContain(status);
      if (status === 200) {
        expect(JSON.parse(text)).toHaveLength(JSON.parse(sent.toString()).length);
      } else {
        expect(type).toBe("application/problem+json");
        expect(JSON.parse(text)).toMatchObject({ reason: "INVALID_ARGUMENT", fields: expect.anything() });
      }
    }),
    { numRuns: runs },
  );
});

test("a body that is not signed is refused, whatever is in it and in place of a signature", {
  timeout: 120_000 + runs * 1_000,
}, async () => {
  const header = fc.oneof(
    fc.stringMatching(/^[!-~]{0,200}$/),
    fc.base64String({ maxLength: 200 }),
    fc.constantFrom("", "__proto__", pair.identifier, signed(pair, "[]")["github-public-key-signature"] ?? ""),
  );
  await fc.assert(
    fc.asyncProperty(body, header, header, async (sent, identifier, signature) => {
      const { status, text } = await post(sent, {
        "content-type": "application/json",
        "github-public-key-identifier": identifier,
        "github-public-key-signature": signature,
      });
      // Only the one body may be what was signed.
      expect(sent.toString() === "[]" ? [200, 401] : [401], text).toContain(status);
    }),
    { numRuns: runs },
  );
});

test("after all that nothing went wrong unseen", () => {
  expect(watch.crashes).toEqual([]);
  expect(altalune.logLines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});
