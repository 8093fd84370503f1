import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { SuspiciousPolicy } from "../../../gen/altalune/v1/project_pb.js";
import { decodeNotice, type Notice, noticeChannel } from "../../../src/domain/propagation/messages.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { actionsOf } from "../../support/trail.js";
import { newWebhook, nowhere } from "../../support/webhooks.js";
import { newSigningKey } from "../signed-requests/signed.js";
import {
  ageSources,
  earlyInHour,
  hoursOfWeek,
  looked,
  newKeyOf,
  type Side,
  signalsOf,
  signedUse,
  startSide,
  type TestKey,
  use,
  usedBefore,
} from "./use.js";

let altalune: TestInstance;
let fleet: readonly [Side, Side, Side];
let one: Side;
beforeAll(async () => {
  altalune = await startTestInstance();
  fleet = [await startSide(altalune), await startSide(altalune), await startSide(altalune)];
  [one] = fleet;
});
afterAll(async () => {
  await Promise.all(fleet.map((side) => side.stop()));
  await altalune.stop();
});
beforeEach(earlyInHour);

/** A key that has been used from one network for some days. */
async function settledKey(projectId: string): Promise<TestKey> {
  const key = await newKeyOf(altalune, projectId);
  await use(one, key, 3, { sourceIp: "192.0.2.7", userAgent: "orders/1.2" });
  await looked(altalune, fleet);
  await ageSources(altalune, 3);
  return key;
}

/** What three instances see of it, each a part. */
type Use = (projectId: string) => Promise<TestKey>;

const kinds: readonly (readonly [kind: string, figures: object, odd: Use])[] = [
  [
    "revoked_key_used",
    { verifications: expect.any(Number), reason: "key_compromised" },
    async (projectId) => {
      const key = await newKeyOf(altalune, projectId);
      const reason = RevocationReason.KEY_COMPROMISED;
      await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason });
      await Promise.all(fleet.map((side) => use(side, key, 1)));
      return key;
    },
  ],
  [
    "scope_refusals",
    { refusals: 18, usual: 0, verifications: 18 },
    async (projectId) => {
      const key = await newKeyOf(altalune, projectId, { scopes: ["orders:read"] });
      await Promise.all(fleet.map((side) => use(side, key, 6, { requiredScopes: ["users:write"] })));
      return key;
    },
  ],
  [
    "new_network",
    { networks: ["203.0.113.0/24"], new_networks: 1, known_networks: 1 },
    async (projectId) => {
      const key = await settledKey(projectId);
      await Promise.all(fleet.map((side, i) => use(side, key, 2, { sourceIp: `203.0.113.${i}` })));
      return key;
    },
  ],
  [
    "volume",
    { verifications: 600, usual: 40 },
    async (projectId) => {
      const key = await newKeyOf(altalune, projectId);
      await usedBefore(altalune, key, hoursOfWeek, 25);
      await usedBefore(altalune, key, 2 * hoursOfWeek + 1, 40);
      await Promise.all(fleet.map((side) => use(side, key, 200)));
      return key;
    },
  ],
  [
    "many_networks",
    { networks: 6, usual: 1 },
    async (projectId) => {
      const key = await settledKey(projectId);
      // Not one that is new: it was used from these before, by turns.
      const addresses = Array.from({ length: 6 }, (_, i) => `198.51.${i}.9`);
      for (const sourceIp of addresses) {
        await use(one, key, 1, { sourceIp });
        await looked(altalune, fleet);
        await ageSources(altalune, 1);
      }
      await Promise.all(addresses.map((sourceIp, i) => use(fleet[i % 3] ?? one, key, 1, { sourceIp })));
      return key;
    },
  ],
];

describe("odd use that three instances see a part of each is told once:", () => {
  test.each(kinds)("%s", async (kind, figures, odd) => {
    const projectId = await newProject(altalune.clients);
    await newWebhook(altalune.clients, projectId);
    const { id } = await odd(projectId);
    await looked(altalune, fleet);
    await looked(altalune, fleet);
    const told = (await signalsOf(altalune, projectId)).filter((signal) => "kind" in signal && signal.kind === kind);
    expect(told).toEqual([
      {
        actor: "system",
        resourceId: id,
        kind,
        hour: expect.stringMatching(/:00:00.000Z$/),
        policy: "notify",
        ...more(figures),
      },
    ]);
    expect(await toldTypes(projectId)).toContain("api_key.suspicious");
    expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
  });
});

function more(figures: object) {
  return "reason" in figures ? { ...figures, revoked_at: expect.any(String) } : figures;
}

/** The types of the events that were told, once each as they are stored. */
async function toldTypes(projectId: string): Promise<string[]> {
  const rows = await altalune.db
    .selectFrom("altalune_events as event")
    .innerJoin("altalune_projects as project", "project.id", "event.project_id")
    .select("event.type")
    .where("project.public_id", "=", projectId)
    .execute();
  return rows.map(({ type }) => type);
}

describe("no signal is raised by", () => {
  test("a client that changes over from a key that was superseded", async () => {
    const projectId = await newProject(altalune.clients);
    const key = await newKeyOf(altalune, projectId);
    const reason = RevocationReason.SUPERSEDED;
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason });
    await use(one, key, 20);
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toEqual([]);
  });

  test("a few refusals for scopes, nor by as many as there always are", async () => {
    const projectId = await newProject(altalune.clients);
    const few = await newKeyOf(altalune, projectId, { scopes: ["orders:read"] });
    await use(one, few, 15, { requiredScopes: ["users:write"] });
    const usual = await newKeyOf(altalune, projectId, { scopes: ["orders:read"] });
    await usedBefore(altalune, usual, 30, 10, "insufficient_scope");
    await use(one, usual, 40, { requiredScopes: ["users:write"] });
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toEqual([]);
  });

  test("the networks of a new key, another address of a network that is known, and a key that is used from anywhere", async () => {
    const projectId = await newProject(altalune.clients);
    const fresh = await newKeyOf(altalune, projectId);
    for (let i = 0; i < 12; i++) {
      await use(one, fresh, 1, { sourceIp: `198.51.${i}.1` });
    }
    await looked(altalune, fleet);
    await ageSources(altalune, 3);
    await use(one, fresh, 1, { sourceIp: "203.0.113.80" });
    const settled = await settledKey(projectId);
    await use(one, settled, 5, { sourceIp: "::ffff:192.0.2.200" });
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toEqual([]);
  });

  test("a large volume that is usual, or of a key that is new", async () => {
    const projectId = await newProject(altalune.clients);
    const usual = await newKeyOf(altalune, projectId);
    await usedBefore(altalune, usual, hoursOfWeek - 1, 200);
    await use(one, usual, 700);
    await use(one, await newKeyOf(altalune, projectId), 700);
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toEqual([]);
  });

  test("a value that was rotated away, however often it is used and wherever from", async () => {
    const projectId = await newProject(altalune.clients, { suspiciousPolicy: SuspiciousPolicy.DEACTIVATE });
    const key = await settledKey(projectId);
    await usedBefore(altalune, key, hoursOfWeek, 25);
    await usedBefore(altalune, key, hoursOfWeek + 1, 2_000, "expired");
    await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: key.id });
    for (let i = 0; i < 8; i++) {
      const codes = await use(one, key, 100, { sourceIp: `203.0.${i}.9` });
      expect(new Set(codes)).toEqual(new Set(["expired"]));
    }
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toEqual([]);
  });

  test("signed requests that who knows a key's id alone makes up, of a live key or of a revoked one", async () => {
    const projectId = await newProject(altalune.clients, { suspiciousPolicy: SuspiciousPolicy.DEACTIVATE });
    const [live, revoked] = [
      await newSigningKey(altalune.clients, { projectId }),
      await newSigningKey(altalune.clients, { projectId }),
    ];
    const reason = RevocationReason.KEY_COMPROMISED;
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.apiKeyId, reason });
    await usedBefore(altalune, { projectId, id: live.apiKeyId, value: "" }, hoursOfWeek, 25);
    expect(await signedUse(one, { ...live, signingSecret: revoked.signingSecret }, 600)).toBe("signature_invalid");
    expect(await signedUse(one, { ...revoked, signingSecret: live.signingSecret }, 3)).toBe("revoked");
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toEqual([]);

    expect(await signedUse(one, revoked, 1)).toBe("revoked");
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toMatchObject([{ kind: "revoked_key_used", verifications: 1 }]);
  });
});

describe("a project whose policy is to deactivate", () => {
  test("has the key switched off on every instance, and leaves it on for who switches it on again", async () => {
    const projectId = await newProject(altalune.clients, { suspiciousPolicy: SuspiciousPolicy.DEACTIVATE });
    const key = await newKeyOf(altalune, projectId, { scopes: ["orders:read"] });
    const other = await newKeyOf(altalune, projectId);
    const all = () => Promise.all(fleet.map((side) => use(side, key, 1)));
    expect((await all()).flat()).toEqual(fleet.map(() => "valid"));
    await use(one, key, 20, { requiredScopes: ["users:write"] });
    await looked(altalune, fleet);
    expect((await all()).flat()).toEqual(fleet.map(() => "disabled"));
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual([
      "api_key.created",
      "api_key.suspicious",
      "api_key.deactivated",
    ]);
    expect(await signalsOf(altalune, projectId)).toMatchObject([{ policy: "deactivate" }]);

    await altalune.clients.apiKeys.activateApiKey({ projectId, apiKeyId: key.id });
    await use(one, key, 20, { requiredScopes: ["users:write"] });
    await looked(altalune, fleet);
    expect((await all()).flat()).toEqual(fleet.map(() => "valid"));
    expect((await Promise.all(fleet.map((side) => use(side, other, 1)))).flat()).toEqual(fleet.map(() => "valid"));
  });

  test("has instances forget the key that is switched off and no other, and nothing where none is", async () => {
    const projectId = await newProject(altalune.clients, { suspiciousPolicy: SuspiciousPolicy.DEACTIVATE });
    const key = await newKeyOf(altalune, projectId, { scopes: ["orders:read"] });
    const revoked = await newKeyOf(altalune, projectId);
    const reason = RevocationReason.KEY_COMPROMISED;
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason });
    const { id } = await altalune.db
      .selectFrom("altalune_project_api_keys")
      .select("id")
      .where("public_id", "=", key.id)
      .executeTakeFirstOrThrow();
    const client = new pg.Client({ connectionString: altalune.databaseUrl });
    await client.connect();
    try {
      const notices: Notice[] = [];
      client.on("notification", ({ payload }) => notices.push(decodeNotice(payload ?? "")));
      await client.query(`listen ${noticeChannel}`);
      await use(one, revoked, 1);
      await looked(altalune, fleet);
      expect(await signalsOf(altalune, projectId)).toHaveLength(1);
      await use(one, key, 20, { requiredScopes: ["users:write"] });
      await looked(altalune, fleet);
      await client.query("select");
      const subject = { kind: "api_key", id };
      // A trigger of the table announces it, too, but waits for nobody.
      expect(notices).toEqual([expect.objectContaining({ subject }), expect.objectContaining({ subject })]);
      expect(notices.filter(({ changer }) => changer !== "")).toHaveLength(1);
    } finally {
      await client.end();
    }
  });

  test("has nothing done to a key that is revoked already", async () => {
    const projectId = await newProject(altalune.clients, { suspiciousPolicy: SuspiciousPolicy.DEACTIVATE });
    const key = await newKeyOf(altalune, projectId);
    const reason = RevocationReason.OWNER_LEFT;
    await altalune.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: key.id, reason });
    await use(one, key, 1);
    await looked(altalune, fleet);
    expect(await signalsOf(altalune, projectId)).toMatchObject([{ kind: "revoked_key_used", policy: "notify" }]);
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual([
      "api_key.created",
      "api_key.revoked",
      "api_key.suspicious",
    ]);
  });
});

describe("a key that has reached its limit", () => {
  test("is told of once an hour to a webhook, and in no trail", async () => {
    const projectId = await newProject(altalune.clients);
    await newWebhook(altalune.clients, projectId);
    const key = await newKeyOf(altalune, projectId, { rateLimits: { perDay: 2 } });
    for (let i = 0; i < 3; i++) {
      await Promise.all(fleet.map((side) => use(side, key, 3)));
      await looked(altalune, fleet);
    }
    const told = await toldTypes(projectId);
    expect(told.filter((type) => type === "api_key.limit_reached")).toHaveLength(1);
    expect(await actionsOf(altalune.clients, projectId, key.id)).toEqual(["api_key.created"]);
  });

  test.each(["at all", "to it"])("is told of nowhere where nobody listens %s", async (listens) => {
    const projectId = await newProject(altalune.clients);
    if (listens === "to it") {
      await altalune.clients.webhooks.createWebhook({ projectId, url: nowhere, eventTypes: ["api_key.created"] });
    }
    const key = await newKeyOf(altalune, projectId, { rateLimits: { perDay: 1 } });
    await use(one, key, 3);
    await looked(altalune, fleet);
    expect(await toldTypes(projectId)).not.toContain("api_key.limit_reached");
  });
});

test("of a key and day twenty networks are kept by name, the rest together, and none for longer than a month", async () => {
  const projectId = await newProject(altalune.clients);
  const key = await newKeyOf(altalune, projectId);
  for (let i = 0; i < 30; i++) {
    await use(fleet[i % 3] ?? one, key, i < 20 ? 2 : 3, { sourceIp: `198.51.${i}.1` });
    if (i % 5 === 4) {
      await looked(altalune, fleet);
    }
  }
  const kept = () =>
    altalune.db
      .selectFrom("altalune_api_key_sources as source")
      .innerJoin("altalune_project_api_keys as key", (join) =>
        join.onRef("key.project_id", "=", "source.project_id").onRef("key.id", "=", "source.api_key_id"),
      )
      .select(["source.value", "source.verifications"])
      .where("key.public_id", "=", key.id)
      .orderBy("source.value")
      .execute();
  const [rest, ...named] = await kept();
  expect(rest).toEqual({ value: "", verifications: 30n });
  expect(named.map(({ verifications }) => verifications)).toEqual(Array(20).fill(2n));
  await ageSources(altalune, 31);
  await one.services.oddUse.purge();
  expect(await kept()).toHaveLength(21);
  await ageSources(altalune, 1);
  await one.services.oddUse.purge();
  expect(await kept()).toEqual([]);
});

test("a project with many keys that are to be looked at does not hold up another", async () => {
  const [many, few] = [await newProject(altalune.clients), await newProject(altalune.clients)];
  const waiting = async (publicId: string) => {
    const rows = await altalune.db
      .selectFrom("altalune_odd_use_looks as look")
      .innerJoin("altalune_projects as project", "project.id", "look.project_id")
      .select("look.id")
      .where("project.public_id", "=", publicId)
      .execute();
    return rows.length;
  };
  await sql`
    insert into altalune_odd_use_looks (project_id, api_key_id, hour)
    select id, key, altalune_now() from altalune_projects,
      lateral generate_series(1, case public_id when ${many} then 2000 when ${few} then 1 end) as key
  `.execute(altalune.db);
  let leftOfMany: number | undefined;
  await one.services.oddUse.look(async (step) => {
    const done = await step();
    leftOfMany ??= (await waiting(few)) === 0 ? await waiting(many) : undefined;
    return done;
  });
  expect(leftOfMany).toBeGreaterThan(0);
  await expect.poll(() => waiting(many), { timeout: 20_000 }).toBe(0);
});
