import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { type RawBuilder, sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { type RotationPolicySchema, UnclaimedValue } from "../../../gen/altalune/v1/rotation_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { setClockAhead } from "../../support/clock.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, fromNow, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import { inParallel } from "../../support/in-parallel.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { letRotate, rotateDue, waitingKeys } from "../../support/rotation.js";
import { actionsOf } from "../../support/trail.js";
import { codeOf } from "../../support/verdict.js";

const { VALID, EXPIRED } = VerificationCode;
const hourMs = dayMs / 24;
const day = { seconds: 86_400n };
const daily = { every: day, grace: { seconds: 3600n } };
const nothingWaits = { reason: "ROTATED_KEY_NOT_FOUND" };

let altalune: TestInstance;
let other: TestInstance;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  other = await startTestInstance({ beside: altalune });
  projectId = await newProject(altalune.clients, { maxKeysPerOwner: 2 });
});
afterAll(async () => {
  await other.stop();
  await altalune.stop();
});
afterEach(() => setClockAhead(altalune.db, 0));

interface Settings {
  readonly expiration?: Timestamp;
  readonly rotationPolicy?: MessageInitShape<typeof RotationPolicySchema>;
  readonly ownerId?: string;
  readonly name?: string;
}

const rotating = (settings: Settings = {}) =>
  newApiKey(altalune.clients, projectId, { expiration: fromNow(100 * dayMs), rotationPolicy: daily, ...settings });
const claim = (apiKeyId: string) => altalune.clients.apiKeys.claimRotatedKey({ projectId, apiKeyId });
const stored = async (apiKeyId: string) => {
  const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId });
  const at = (time: Timestamp | undefined) => time && timestampDate(time).getTime();
  return {
    apiKey,
    created: at(apiKey?.createdAt) ?? 0,
    next: at(apiKey?.nextRotationAt),
    expires: at(apiKey?.expiration),
    rotated: at(apiKey?.lastRotatedAt),
    previousUntil: at(apiKey?.previousKeyExpiresAt),
  };
};
const rotationsOf = async (apiKeyId: string) =>
  (await actionsOf(altalune.clients, projectId, apiKeyId)).filter((action) => action === "api_key.rotated").length;

/** Has the database refuse the values that would wait, of which this is true. @returns takes it back */
async function refuseValues(isBad: RawBuilder<unknown>): Promise<() => Promise<void>> {
  await sql`
    create function refuse_value() returns trigger language plpgsql as $$
    begin
      if ${isBad} then
        raise 'refused';
      end if;
      return new;
    end $$
  `.execute(altalune.db);
  await sql`
    create trigger refuse_value before insert on altalune_waiting_values for each row execute function refuse_value()
  `.execute(altalune.db);
  return async () => {
    await sql`drop function refuse_value cascade`.execute(altalune.db);
  };
}

describe("the next rotation", () => {
  test("is told from a key's making on, by its age, and goes on from each switch", async () => {
    const { id } = await rotating();
    const made = await stored(id);
    expect(made.next).toBe(made.created + dayMs);
    await setClockAhead(altalune.db, dayMs + 1000);
    await rotateDue(altalune);
    expect((await stored(id)).next).toBeUndefined();
    await claim(id);
    const claimed = await stored(id);
    expect(claimed.next).toBe((claimed.rotated ?? 0) + dayMs);
  });

  test("waits for the end of a grace that was given by hand", async () => {
    const { id, value } = await rotating();
    await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: id, gracePeriod: { seconds: 3n * 86_400n } });
    const { next, previousUntil } = await stored(id);
    expect(next).toBe(previousUntil);
    await setClockAhead(altalune.db, 2 * dayMs);
    await rotateDue(altalune);
    expect(await codeOf(altalune.clients, value)).toBe(VALID);
    expect(await waitingKeys(altalune)).not.toContain(id);
  });

  test("is none where the key ends before", async () => {
    const { id } = await rotating({ expiration: fromNow(hourMs) });
    expect((await stored(id)).next).toBeUndefined();
    await altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId: id, expiration: fromNow(9 * dayMs) });
    const { next, created } = await stored(id);
    expect(next).toBe(created + dayMs);
  });
});

describe("a sweep", () => {
  test("rotates a key once, however many sweep at once on several instances, and names the service in the trail", async () => {
    const keys = await Promise.all(Array.from({ length: 12 }, () => rotating()));
    await setClockAhead(altalune.db, dayMs + 1000);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? altalune : other).services.apiKeys.rotateDue()),
    );
    await rotateDue(altalune);
    for (const { id } of keys) {
      expect(await actionsOf(altalune.clients, projectId, id)).toEqual(["api_key.created", "api_key.rotated"]);
    }
    const filters = { resource_id: { values: [keys[0]?.id ?? ""] }, action: { values: ["api_key.rotated"] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId, query: { filters } });
    expect(data).toMatchObject([
      { actor: "system", detail: { waits_to_be_claimed: true, in_force: "once claimed", grace_seconds: 3600 } },
    ]);
    expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
  });

  test("leaves keys that are revoked, switched off or expired, and deleted projects, as they are", async () => {
    const [revoked, disabled, expired] = await Promise.all([
      rotating(),
      rotating(),
      rotating({ expiration: fromNow(dayMs + hourMs) }),
    ]);
    const gone = await newProject(altalune.clients);
    const { id: inGone } = await newApiKey(altalune.clients, gone, {
      rotationPolicy: daily,
      expiration: fromNow(9 * dayMs),
    });
    await altalune.clients.apiKeys.revokeApiKey({
      projectId,
      apiKeyId: revoked.id,
      reason: RevocationReason.ADMINISTRATIVE,
    });
    await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: disabled.id });
    await altalune.clients.projects.deleteProject({ projectId: gone });
    await setClockAhead(altalune.db, 2 * dayMs);
    await rotateDue(altalune);
    expect(await Promise.all([revoked, disabled, expired].map(({ id }) => rotationsOf(id)))).toEqual([0, 0, 0]);
    expect(await waitingKeys(altalune)).not.toContain(inGone);

    await altalune.clients.apiKeys.activateApiKey({ projectId, apiKeyId: disabled.id });
    await rotateDue(altalune);
    expect(await rotationsOf(disabled.id)).toBe(1);
    await altalune.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: disabled.id });
    const { keyValue } = await claim(disabled.id);
    expect(await codeOf(altalune.clients, keyValue)).toBe(VerificationCode.DISABLED);
  });

  test("that fails at one key goes on with the others, and has done nothing by half of that one", async () => {
    const [bad, good] = [await rotating(), await rotating()];
    await setClockAhead(altalune.db, dayMs + 1000);
    const allowAll = await refuseValues(
      sql`new.api_key_id = (select id from altalune_project_api_keys where public_id = ${sql.lit(bad.id)})`,
    );
    await expect(altalune.services.apiKeys.rotateDue()).rejects.toThrow("1 keys could not be rotated");
    expect(await codeOf(altalune.clients, bad.value)).toBe(VALID);
    expect(await rotationsOf(bad.id)).toBe(0);
    await allowAll();
    await rotateDue(altalune);
    expect([await rotationsOf(bad.id), await rotationsOf(good.id)]).toEqual([1, 1]);
  });

  test("that fails at more keys than it reads at once comes to the others, and to its end", async () => {
    const bad = await newProject(altalune.clients);
    await inParallel(Array.from({ length: 105 }), async () => {
      await newApiKey(altalune.clients, bad, { rotationPolicy: daily, expiration: fromNow(100 * dayMs) });
    });
    const good = await rotating();
    await setClockAhead(altalune.db, dayMs + 1000);
    const allowAll = await refuseValues(
      sql`new.project_id = (select id from altalune_projects where public_id = ${sql.lit(bad)})`,
    );
    await expect(altalune.services.apiKeys.rotateDue()).rejects.toThrow("105 keys could not be rotated");
    expect(await rotationsOf(good.id)).toBe(1);
    await altalune.clients.projects.deleteProject({ projectId: bad });
    await allowAll();
  });

  test("makes no second value while one waits, however long", async () => {
    const { id, value } = await rotating();
    for (const days of [1, 2, 40]) {
      await setClockAhead(altalune.db, days * dayMs + 1000);
      await rotateDue(altalune);
    }
    expect(await rotationsOf(id)).toBe(1);
    expect(await codeOf(altalune.clients, value)).toBe(VALID);
    expect(await codeOf(altalune.clients, (await claim(id)).keyValue)).toBe(VALID);
  });

  test("changes neither names nor what an owner may hold", async () => {
    const ownerId = uniqueName("owner");
    const name = uniqueName("key");
    const { id } = await rotating({ ownerId, name });
    const second = await rotating({ ownerId });
    await letRotate(altalune, id);
    await letRotate(altalune, second.id);
    await claim(id);
    expect(await denialOf(rotating({ ownerId }))).toMatchObject({ reason: "API_KEY_LIMIT_REACHED" });
    await altalune.clients.apiKeys.deleteApiKey({ projectId, apiKeyId: second.id });
    expect(await denialOf(rotating({ ownerId, name }))).toMatchObject({ reason: "API_KEY_NAME_TAKEN" });
    expect((await rotating({ ownerId })).id).not.toBe("");
  });
});

describe("a policy that is changed while a value waits", () => {
  const update = (apiKeyId: string, change: object) =>
    altalune.clients.apiKeys.updateApiKey({ projectId, apiKeyId, ...change });
  const withdrawn = { updateMask: { paths: ["rotation_policy"] } };

  test("to none ends the wait, and the key goes on as it was", async () => {
    const { id, value } = await rotating();
    await letRotate(altalune, id);
    const { apiKey } = await update(id, withdrawn);
    expect([apiKey?.rotationPolicy, apiKey?.nextRotationAt]).toEqual([undefined, undefined]);
    expect(await denialOf(claim(id))).toMatchObject(nothingWaits);
    await setClockAhead(altalune.db, 30 * dayMs);
    await rotateDue(altalune);
    expect(await rotationsOf(id)).toBe(1);
    expect(await codeOf(altalune.clients, value)).toBe(VALID);
  });

  test("to another has the key rotated by that one", async () => {
    const { id, value } = await rotating();
    await setClockAhead(altalune.db, dayMs + 1000);
    await rotateDue(altalune);
    await update(id, { rotationPolicy: { ...daily, unclaimed: UnclaimedValue.END } });
    expect(await denialOf(claim(id))).toMatchObject(nothingWaits);
    await rotateDue(altalune);
    expect(await rotationsOf(id)).toBe(2);
    await setClockAhead(altalune.db, dayMs + 2 * hourMs);
    expect(await codeOf(altalune.clients, value)).toBe(EXPIRED);
  });

  test("to what it was changes nothing", async () => {
    const { id } = await rotating();
    await letRotate(altalune, id);
    await update(id, { rotationPolicy: daily, name: uniqueName("key") });
    expect((await claim(id)).keyValue).not.toBe("");
  });

  test("leaves a value that is in force already to whoever is still to claim it", async () => {
    const { id, value } = await rotating({ rotationPolicy: { ...daily, unclaimed: UnclaimedValue.END } });
    await letRotate(altalune, id);
    await update(id, withdrawn);
    const { keyValue } = await claim(id);
    expect([await codeOf(altalune.clients, value), await codeOf(altalune.clients, keyValue)]).toEqual([VALID, VALID]);
  });
});

describe("a key that is renewed before it expires", () => {
  const renewal = { beforeExpiry: { seconds: 10n * 86_400n }, lifetime: { seconds: 50n * 86_400n }, grace: day };

  test("is given its lifetime anew, and its value before no more time than it had, claimed or not", async () => {
    const { id, value } = await rotating({
      expiration: fromNow(20 * dayMs),
      rotationPolicy: { ...renewal, grace: { seconds: 20n * 86_400n }, unclaimed: UnclaimedValue.END },
    });
    const { next, expires } = await stored(id);
    expect(next).toBe((expires ?? 0) - 10 * dayMs);
    await setClockAhead(altalune.db, 10 * dayMs + hourMs);
    await rotateDue(altalune);
    const renewed = await stored(id);
    expect(renewed.expires).toBeGreaterThan((expires ?? 0) + 39 * dayMs);
    expect(renewed.previousUntil).toBe(expires);
    expect(renewed.next).toBe((renewed.expires ?? 0) - 10 * dayMs);
    const { keyValue } = await claim(id);
    await setClockAhead(altalune.db, 20 * dayMs + hourMs);
    expect([await codeOf(altalune.clients, value), await codeOf(altalune.clients, keyValue)]).toEqual([EXPIRED, VALID]);
  });

  test("keeps its value until the new one is claimed, over as many renewals as that takes", async () => {
    const { id, value } = await rotating({ expiration: fromNow(20 * dayMs), rotationPolicy: renewal });
    for (let days = 11; days < 300; days += 9) {
      await setClockAhead(altalune.db, days * dayMs);
      await rotateDue(altalune);
      expect(await codeOf(altalune.clients, value)).toBe(VALID);
    }
    expect(await rotationsOf(id)).toBe(1);
    const { keyValue } = await claim(id);
    expect(await codeOf(altalune.clients, value)).toBe(VALID);
    await setClockAhead(altalune.db, 302 * dayMs);
    expect([await codeOf(altalune.clients, value), await codeOf(altalune.clients, keyValue)]).toEqual([EXPIRED, VALID]);
  });

  test("ends when whoever changes or rotates it says so, and says nothing of its policy", async () => {
    const keys = {
      updateApiKey: await rotating({ rotationPolicy: renewal }),
      rotateApiKey: await rotating({ rotationPolicy: renewal }),
    };
    const { updateApiKey, rotateApiKey } = altalune.clients.apiKeys;
    await updateApiKey({ projectId, apiKeyId: keys.updateApiKey.id, expiration: fromNow(9 * dayMs) });
    const rotated = await rotateApiKey({ projectId, apiKeyId: keys.rotateApiKey.id, expiration: fromNow(9 * dayMs) });
    for (const [rpc, { id }] of Object.entries(keys)) {
      const { apiKey, next } = await stored(id);
      expect([rpc, apiKey?.rotationPolicy, next]).toEqual([rpc, undefined, undefined]);
    }
    await setClockAhead(altalune.db, 8 * dayMs);
    await rotateDue(altalune);
    await setClockAhead(altalune.db, 9 * dayMs + hourMs);
    await rotateDue(altalune);
    const values = [keys.updateApiKey.value, keys.rotateApiKey.value, rotated.keyValue];
    expect(await Promise.all(values.map((value) => codeOf(altalune.clients, value)))).toEqual([
      EXPIRED,
      EXPIRED,
      EXPIRED,
    ]);
    const filters = { resource_id: { values: [keys.rotateApiKey.id] }, action: { values: ["api_key.rotated"] } };
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId, query: { filters } });
    expect(data).toMatchObject([{ detail: { rotation_policy: null } }]);
  });

  test("goes on being renewed where its end is moved with its policy, or out of the renewal's reach", async () => {
    const [far, both] = [await rotating({ rotationPolicy: renewal }), await rotating({ rotationPolicy: renewal })];
    const { updateApiKey } = altalune.clients.apiKeys;
    await updateApiKey({ projectId, apiKeyId: far.id, expiration: fromNow(30 * dayMs) });
    await updateApiKey({ projectId, apiKeyId: both.id, expiration: fromNow(9 * dayMs), rotationPolicy: renewal });
    for (const { id } of [far, both]) {
      expect((await stored(id)).apiKey?.rotationPolicy).toMatchObject(renewal);
    }
  });

  test("is given more time alone while the grace of a rotation runs", async () => {
    const { id, value } = await rotating({ expiration: fromNow(20 * dayMs), rotationPolicy: renewal });
    await setClockAhead(altalune.db, 9 * dayMs);
    const { keyValue } = await altalune.clients.apiKeys.rotateApiKey({
      projectId,
      apiKeyId: id,
      gracePeriod: { seconds: 3n * 86_400n },
    });
    await setClockAhead(altalune.db, 10 * dayMs + hourMs);
    await rotateDue(altalune);
    expect(await actionsOf(altalune.clients, projectId, id)).toEqual([
      "api_key.created",
      "api_key.rotated",
      "api_key.updated",
    ]);
    expect([await codeOf(altalune.clients, value), await codeOf(altalune.clients, keyValue)]).toEqual([VALID, VALID]);
  });
});
