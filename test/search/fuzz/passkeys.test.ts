import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { challengeOf, madeCredential, signedCount } from "../../../src/domain/passkey/webauthn.js";
import { askFrom, creationOptions, newKeeper, publicUrl, startNamed } from "../../rules/sign_in/passkey-people.js";
import { goodPassword } from "../../rules/sign_in/people.js";
import { SoftwareAuthenticator } from "../../rules/sign_in/software-authenticator.js";
import type { TestInstance } from "../../support/instance.js";
import { runs } from "./hostile.js";
import { watchForCrashes } from "./judgement.js";

const party = { id: "localhost", origin: publicUrl };
const user = { id: Buffer.from("22222222222222").toString("base64url") };
const challenge = Buffer.from("a challenge of these tests").toString("base64url");

/** What is done to bytes. */
interface Alteration {
  /** Where, from 0 to 1. */
  readonly at: number;
  readonly flip?: number;
  readonly insert?: Uint8Array;
  /** What they all become. */
  readonly whole?: Uint8Array;
}

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
// CBOR of lists in lists, and JSON of the same.
const deep = fc
  .tuple(fc.integer({ min: 1, max: 8_000 }), fc.constantFrom(0x81, 0x5b))
  .map(([depth, byte]) => Buffer.alloc(depth, byte));
const odd = fc
  .constantFrom("null", "{}", "7", '{"challenge":{}}', "\xa0", "\xf6")
  .map((text) => Buffer.from(text, "latin1"));
const alteration: fc.Arbitrary<Alteration> = fc.oneof(
  fc.record({ at, flip: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ at, insert: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({ at }),
  fc.record({ at, whole: fc.oneof(fc.uint8Array({ maxLength: 300 }), deep, odd) }),
);

/** Without more said, what follows is cut off. */
function alter(text: string, { at: place, flip, insert, whole }: Alteration): string {
  const bytes = Buffer.from(text, "base64url");
  const index = Math.floor(place * bytes.length);
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
  if (flip !== undefined) {
    after.writeUInt8(after.readUInt8() ^ flip);
  }
  const changed =
    flip === undefined && insert === undefined
      ? before
      : Buffer.concat([before, insert ?? "", after].map((part) => Buffer.from(part)));
  return Buffer.from(whole ?? changed).toString("base64url");
}

describe("what a passkey has signed", () => {
  const authenticator = new SoftwareAuthenticator(publicUrl);
  const made = authenticator.create({ challenge, user });
  const answer = authenticator.get({ challenge });

  test("holds as it is, and with anything altered that is signed it does not", async () => {
    const credential = await madeCredential(party, made, challenge);
    if (credential === undefined) {
      throw new Error("the passkey was made as it should be");
    }
    expect(challengeOf(answer)).toBe(challenge);
    expect(await signedCount(party, answer, challenge, credential)).toBe(1);
    for (const member of ["clientDataJSON", "authenticatorData", "signature"] as const) {
      await fc.assert(
        fc.asyncProperty(alteration, async (how) => {
          const response = { ...answer.response, [member]: alter(answer.response[member], how) };
          const read = challengeOf({ ...answer, response });
          expect(read === undefined || typeof read === "string").toBe(true);
          const count = await signedCount(party, { ...answer, response }, challenge, credential);
          // The numbers of a signature may be written in other bytes; it signs the same challenge, which is good once.
          expect(member === "signature" ? [undefined, 1] : [undefined]).toContain(count);
        }),
        { numRuns: runs * 10 },
      );
    }
  });
});

describe("a passkey that is to be added", () => {
  let altalune: TestInstance;
  let watch: ReturnType<typeof watchForCrashes>;
  beforeAll(async () => {
    altalune = await startNamed();
    watch = watchForCrashes();
  });
  afterAll(async () => {
    watch.stop();
    await altalune.stop();
  });

  test.each(["clientDataJSON", "attestationObject"] as const)(
    "is taken or refused whatever is in its %s, and never for a fault of the server",
    { timeout: 120_000 + runs * 1_000 },
    async (member) => {
      const { cookie } = await newKeeper(altalune);
      let options = await creationOptions(altalune, cookie);
      await fc.assert(
        fc.asyncProperty(alteration, async (how) => {
          const made = new SoftwareAuthenticator(publicUrl).create(options);
          const response = { ...made, response: { ...made.response, [member]: alter(made.response[member], how) } };
          const { status, body } = await askFrom(altalune, "POST /api/auth/passkeys", { cookie, body: { response } });
          expect([201, 400, 409], JSON.stringify(body)).toContain(status);
          if (status === 201) {
            // Nothing signs for what has no attestation. The challenge is used up, and there is room for few.
            const line = `DELETE /api/auth/passkeys/${body.id}`;
            await askFrom(altalune, line, { cookie, body: { password: goodPassword } });
            options = await creationOptions(altalune, cookie);
          }
        }),
        { numRuns: runs * 5 },
      );
    },
  );

  test("leaves nothing in the log that is a fault", () => {
    expect(watch.crashes).toEqual([]);
    expect(altalune.logLines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
