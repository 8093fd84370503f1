import { expect, test } from "vitest";
import { digestText } from "../../../src/domain/api_key/secret-format.js";
import { Lease } from "../../../src/domain/propagation/lease.js";
import type { Subject } from "../../../src/domain/propagation/model.js";
import { GatheredLookUps } from "../../../src/domain/verification/gathered-look-ups.js";
import { createLookUps } from "../../../src/domain/verification/look-ups.js";
import type { KeyRecord } from "../../../src/domain/verification/model.js";
import { Records } from "../../../src/domain/verification/records.js";
import { emptySlots } from "../../../src/platform/object-slot.js";

const digest = Buffer.alloc(32, 1);
const key: Subject = { kind: "api_key", id: 7n };

function recordOf(revoked: boolean): KeyRecord {
  return {
    projectId: 3n,
    projectPublicId: "",
    slots: emptySlots(),
    apiKeyId: 7n,
    apiKeyPublicId: "",
    name: "",
    ownerId: "",
    scopes: [],
    tier: "",
    metadata: undefined,
    active: true,
    revoked,
    expiresAtMs: undefined,
    rateLimits: { perMinute: undefined, perDay: undefined },
    unusedDigest: undefined,
    reachableProjectIds: undefined,
    clockOffsetMs: 0,
  };
}

/** Records over look-ups that a test answers when it likes. */
function withHeldLookUps() {
  const asked: ((record: KeyRecord | undefined) => void)[] = [];
  const ask = () => {
    const { promise, resolve } = Promise.withResolvers<KeyRecord | undefined>();
    asked.push(resolve);
    return promise;
  };
  const lease = new Lease(60_000);
  lease.renew(lease.now());
  const records = new Records({
    lookUps: new GatheredLookUps({
      one: ask,
      many: async ([first]) => {
        const record = await ask();
        return new Map(first && record ? [[first.toString("base64"), record]] : []);
      },
      limiter: createLookUps(4),
    }),
    lease,
  });
  return { asked, lease, records };
}

/** Look-ups begin when what has come with them in the same turn of the event loop is there. */
const begun = () => new Promise((resolve) => setImmediate(resolve));

test("a look-up that a notice overtakes is answered to those who asked before, and not kept or shared", async () => {
  const { asked, records } = withHeldLookUps();
  const before = records.find(digest, false, "");
  await begun();
  records.forget(key);
  const after = records.find(digest, false, "");
  await begun();
  expect(asked).toHaveLength(2);
  asked[0]?.(recordOf(false));
  expect((await before)?.revoked).toBe(false);
  expect(records.remembered(digestText(digest))).toBeUndefined();
  asked[1]?.(recordOf(true));
  expect((await after)?.revoked).toBe(true);
  expect(records.remembered(digestText(digest))?.revoked).toBe(true);
});

test.each([
  ["a notice", (records: Records) => records.forget(key)],
  ["a gap", (records: Records) => records.forgetAll()],
])("what a batch brings that %s overtakes is not kept", async (_, overtake) => {
  const { asked, records } = withHeldLookUps();
  const batch = records.findMany([digest], false, "");
  overtake(records);
  asked[0]?.(recordOf(false));
  expect((await batch)[0]?.revoked).toBe(false);
  expect(records.remembered(digestText(digest))).toBeUndefined();
});

test("without the lease nothing is answered from memory, and no look-up that has begun is shared", async () => {
  const { asked, lease, records } = withHeldLookUps();
  const first = records.find(digest, false, "");
  await begun();
  asked[0]?.(recordOf(false));
  await first;
  expect(records.remembered(digestText(digest))?.revoked).toBe(false);
  lease.end();
  expect(records.remembered(digestText(digest))).toBeUndefined();
  const both = [records.find(digest, false, "")];
  await begun();
  both.push(records.find(digest, false, ""));
  await begun();
  expect(asked).toHaveLength(3);
  asked[1]?.(recordOf(true));
  asked[2]?.(recordOf(true));
  expect((await Promise.all(both)).map((record) => record?.revoked)).toEqual([true, true]);
});

test("a look-up that fails fails those who share it, and the next asks again", async () => {
  const { asked, records } = withHeldLookUps();
  const failing = new Records({
    lookUps: new GatheredLookUps({
      one: async () => {
        throw new Error("the database is away");
      },
      many: async () => new Map(),
      limiter: createLookUps(1),
    }),
    lease: withHeldLookUps().lease,
  });
  const both = await Promise.allSettled([failing.find(digest, false, ""), failing.find(digest, false, "")]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(failing.find(digest, false, "")).rejects.toThrow("away");
  expect([asked.length, records.size]).toEqual([0, 0]);
});
