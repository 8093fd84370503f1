import { errors } from "jose";
import { expect, test } from "vitest";
import { KeySets } from "../../../src/domain/trusted_issuer/key-sets.js";
import { startIssuer } from "./issuer.js";

/** Its time is turned by hand. */
function makeKeySets() {
  const clock = { now: 0 };
  const failures: unknown[] = [];
  const fetchText = async (url: string) => {
    const answer = await fetch(url);
    return answer.text();
  };
  const keySets = new KeySets(
    fetchText,
    (_url, error) => void failures.push(error),
    () => clock.now,
  );
  return { keySets, clock, failures };
}

const header = (kid: string) => ({ alg: "RS256", kid });
const token = { payload: "", signature: "" };

test("a key that an issuer has taken since is found, and the one before is not", async () => {
  await using issuer = await startIssuer();
  const { keySets, clock } = makeKeySets();
  await (await keySets.find(issuer.url))(header("first"), token);
  await issuer.turn("second");
  expect(await keySets.findAnew(issuer.url)).toBeUndefined();
  clock.now += 30_000;
  const anew = await keySets.findAnew(issuer.url);
  await anew?.(header("second"), token);
  await expect(anew?.(header("first"), token)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  expect(issuer.asked()).toBe(2);
});

test("a key that an issuer shows no more is good for 10 minutes at most, and for an hour if the issuer is away", async () => {
  await using issuer = await startIssuer();
  const { keySets, clock, failures } = makeKeySets();
  await keySets.find(issuer.url);
  await issuer.turn("second");
  clock.now += 10 * 60_000 - 1;
  await (await keySets.find(issuer.url))(header("first"), token);
  clock.now += 1;
  await expect((await keySets.find(issuer.url))(header("first"), token)).rejects.toThrow();

  issuer.answer = (_request, response) => void response.end("away");
  clock.now += 60 * 60_000 - 1;
  await (await keySets.find(issuer.url))(header("second"), token);
  clock.now += 1;
  await expect(keySets.find(issuer.url)).rejects.toThrow("cannot be fetched");
  expect(failures.length).toBeGreaterThan(0);
});

test("whoever asks at the same time shares an answer", async () => {
  await using issuer = await startIssuer();
  const { keySets } = makeKeySets();
  await Promise.all(Array.from({ length: 20 }, () => keySets.find(issuer.url)));
  expect(issuer.asked()).toBe(1);
});
