import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { ExposurePolicy } from "../../../gen/altalune/v1/project_pb.js";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { actionsOf } from "../../support/trail.js";
import { newRootKey } from "../authority/root-keys.js";
import { ask, newPerson, signIn } from "../sign_in/people.js";
import { eventsOf, reportsDone } from "./trail.js";

const url = "https://git.example.com/orders/blob/main/.env";
const source = "gitleaks";

let altalune: TestInstance;
let beside: TestInstance;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_TRUSTED_PROXIES: "loopback" } });
  beside = await startTestInstance({ beside: altalune });
});
afterAll(async () => {
  await beside.stop();
  await altalune.stop();
});

function report(key: string, more: { readonly source?: string; readonly url?: string } = { source, url }) {
  return altalune.clients.exposures.reportExposedKey({ key, ...more });
}

let addresses = 0;
/** Each from an address of its own, unless one is given. */
function reportUnknown(key: string, address = `203.0.113.${++addresses}`) {
  return altalune
    .clientsWith(undefined)
    .exposures.reportExposedKey({ key, source, url }, { headers: { "x-forwarded-for": address } });
}

/** What each instance says of a key, asked before so that it remembers it. */
async function verdicts(key: string) {
  const asked = [altalune, beside].map(({ clients }) => clients.verification.verifyApiKey({ key }));
  return (await Promise.all(asked)).map(({ code }) => code);
}

const both = (code: VerificationCode) => [code, code];

describe("an exposed key is treated as its project says:", () => {
  test.each([
    ["nothing was said", {}, "notify", VerificationCode.VALID, []],
    ["notify", { exposurePolicy: ExposurePolicy.NOTIFY }, "notify", VerificationCode.VALID, []],
    [
      "deactivate",
      { exposurePolicy: ExposurePolicy.DEACTIVATE },
      "deactivate",
      VerificationCode.DISABLED,
      ["api_key.deactivated"],
    ],
    ["revoke", { exposurePolicy: ExposurePolicy.REVOKE }, "revoke", VerificationCode.REVOKED, ["api_key.revoked"]],
  ] as const)("%s", async (_said, settings, policy, code, actions) => {
    const projectId = await newProject(altalune.clients, settings);
    const { id, value } = await newApiKey(altalune.clients, projectId);
    expect(await verdicts(value)).toEqual(both(VerificationCode.VALID));

    const answer = await report(value);
    expect(answer).toMatchObject({ projectId, apiKeyId: id, propagation: { pendingInstances: 0 } });
    expect(ExposurePolicy[answer.policy]).toBe(policy.toUpperCase());
    expect(await verdicts(value)).toEqual(both(code));
    expect(await actionsOf(altalune.clients, projectId, id)).toEqual([
      "api_key.created",
      "api_key.exposed",
      ...actions,
    ]);
    expect(await eventsOf(altalune, projectId, "api_key.exposed")).toMatchObject([
      { resourceId: id, actor: expect.stringMatching(/^root_key:/), detail: { source, url, value: "current", policy } },
    ]);
    expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toMatchObject({ intact: true });
  });

  test("one that is revoked has the reason of a key that was compromised", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    await report(value);
    const { apiKey } = await altalune.clients.apiKeys.getApiKey({ projectId, apiKeyId: id });
    expect(apiKey?.revocationReason).toBe(RevocationReason.KEY_COMPROMISED);
  });
});

describe("the same report twice", () => {
  test("is one event, and leaves alone what was decided since", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.DEACTIVATE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    await report(value);
    await altalune.clients.apiKeys.activateApiKey({ projectId, apiKeyId: id });
    await report(value);
    await reportUnknown(value);
    await reportsDone(altalune);
    expect(await verdicts(value)).toEqual(both(VerificationCode.VALID));
    expect(await eventsOf(altalune, projectId, "api_key.exposed")).toHaveLength(1);
  });

  test("is one event also when many come at once", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    await Promise.all(Array.from({ length: 10 }, () => report(value)));
    expect(await actionsOf(altalune.clients, projectId, id)).toEqual([
      "api_key.created",
      "api_key.exposed",
      "api_key.revoked",
    ]);
  });

  test("is another report at another place, of another value, and by another policy", async () => {
    const projectId = await newProject(altalune.clients);
    const { id, value } = await newApiKey(altalune.clients, projectId);
    await report(value);
    await report(value, { source, url: `${url}?copy` });
    const rotated = await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: id });
    await report(rotated.keyValue);
    await altalune.clients.projects.updateProject({ projectId, exposurePolicy: ExposurePolicy.REVOKE });
    await report(rotated.keyValue);
    const events = await eventsOf(altalune, projectId, "api_key.exposed");
    expect(events.map(({ detail }) => detail?.["policy"])).toEqual(["revoke", "notify", "notify", "notify"]);
    expect(await verdicts(rotated.keyValue)).toEqual(both(VerificationCode.REVOKED));
  });
});

describe("a value before a rotation", () => {
  test("counts in its grace period", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    const { keyValue } = await altalune.clients.apiKeys.rotateApiKey({
      projectId,
      apiKeyId: id,
      gracePeriod: durationFromMs(60_000),
    });
    await report(value);
    expect(await verdicts(keyValue)).toEqual(both(VerificationCode.REVOKED));
    expect(await eventsOf(altalune, projectId, "api_key.exposed")).toMatchObject([{ detail: { value: "previous" } }]);
  });

  test("is of no use after it, so the key stays", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    const { keyValue } = await altalune.clients.apiKeys.rotateApiKey({ projectId, apiKeyId: id });
    expect(await report(value)).toMatchObject({ apiKeyId: id, policy: ExposurePolicy.NOTIFY });
    expect(await verdicts(keyValue)).toEqual(both(VerificationCode.VALID));
    expect(await eventsOf(altalune, projectId, "api_key.exposed")).toMatchObject([
      { detail: { value: "ended", policy: "notify" } },
    ]);
  });
});

test("a report by a user's session is that user's, who must be allowed to, and is not taken from a foreign page", async () => {
  const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.DEACTIVATE });
  const { id, value } = await newApiKey(altalune.clients, projectId);
  const body = { key: value, source, url };
  const reportBy = async (role: UserRole, headers: Record<string, string> = {}) => {
    const person = await newPerson(altalune, role, { projectIds: [projectId] });
    const { cookie } = await signIn(altalune, person);
    const path = "POST /altalune.v1.ExposureService/ReportExposedKey";
    return { person, answer: await ask(altalune, path, { cookie, body, headers }) };
  };
  expect((await reportBy(UserRole.VIEWER)).answer.status).toBe(403);
  const foreign = { origin: "https://other.example.com", "sec-fetch-site": "cross-site" };
  expect((await reportBy(UserRole.DEVELOPER, foreign)).answer.status).toBe(403);
  expect(await verdicts(value)).toEqual(both(VerificationCode.VALID));
  const { person, answer } = await reportBy(UserRole.DEVELOPER);
  expect([answer.status, answer.body]).toMatchObject([200, { apiKeyId: id, policy: "EXPOSURE_POLICY_DEACTIVATE" }]);
  expect(await verdicts(value)).toEqual(both(VerificationCode.DISABLED));
  expect(await eventsOf(altalune, projectId, "api_key.exposed")).toMatchObject([{ actor: `user:${person.id}` }]);
});

describe("a report without a credential", () => {
  test("is dealt with, by an author of its own, from its address", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    expect(await verdicts(value)).toEqual(both(VerificationCode.VALID));
    await reportUnknown(value, "198.51.100.7");
    await reportsDone(altalune);
    expect(await verdicts(value)).toEqual(both(VerificationCode.REVOKED));
    for (const action of ["api_key.exposed", "api_key.revoked"]) {
      expect(await eventsOf(altalune, projectId, action)).toMatchObject([
        { resourceId: id, actor: "reporter", sourceIp: "198.51.100.7", requestId: expect.stringMatching(/./) },
      ]);
    }
  });

  test("has the same answer for every value, before anything is done", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { value } = await newApiKey(altalune.clients, projectId);
    const values = [value, newSecret("sk-"), "no key at all", "\u{1f511}".repeat(128), "x".repeat(512)];
    // Nobody can look for a value meanwhile, and so the answers cannot depend on it.
    const answers = await altalune.db.transaction().execute(async (tx) => {
      await sql`lock table altalune_api_key_secrets in access exclusive mode`.execute(tx);
      return Promise.all(values.map((one) => reportUnknown(one)));
    });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ projectId: "", apiKeyId: "", policy: 0 });
    await reportsDone(altalune);
    expect(await verdicts(value)).toEqual(both(VerificationCode.REVOKED));
  });

  test("is dealt with by another instance when the one that took it has ended", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const { id, value } = await newApiKey(altalune.clients, projectId);
    await sql`
      insert into altalune_exposure_reports (digest, source, url, actor, request_id, source_ip, try_at)
      values (sha256(${value}::bytea), 'a', 'b', 'reporter', '', '', altalune_now())
    `.execute(altalune.db);
    await reportsDone(altalune);
    expect(await actionsOf(altalune.clients, projectId, id)).toContain("api_key.revoked");
  });

  test("that cannot be dealt with holds up no other, is told of once, and is tried again ever later", async () => {
    const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
    const keys = [1, 2, 3].map(() => newApiKey(altalune.clients, projectId));
    const values = (await Promise.all(keys)).map(({ value }) => value);
    await sql`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
      create trigger refuse before insert on altalune_audit_events
        for each row when (new.detail ->> 'url' = 'bad') execute function refuse();
    `.execute(altalune.db);
    for (const [i, value] of values.entries()) {
      await sql`
        insert into altalune_exposure_reports (digest, source, url, actor, request_id, source_ip, try_at)
        values (sha256(${value}::bytea), 'a', ${i === 1 ? "bad" : "b"}, 'reporter', '', '', altalune_now())
      `.execute(altalune.db);
    }
    const left = async () => {
      const { rows } = await sql<{ url: string; failures: number; minutes: number }>`
        select url, failures, round(extract(epoch from try_at - altalune_now()) / 60)::integer as minutes
        from altalune_exposure_reports
      `.execute(altalune.db);
      return rows;
    };
    await expect.poll(left, { timeout: 30_000 }).toEqual([{ url: "bad", failures: 1, minutes: 1 }]);
    expect(await Promise.all(values.map((value) => verdicts(value)))).toEqual(
      [VerificationCode.REVOKED, VerificationCode.VALID, VerificationCode.REVOKED].map(both),
    );
    const dueNow = () => sql`update altalune_exposure_reports set try_at = altalune_now()`.execute(altalune.db);
    await dueNow();
    await expect.poll(left, { timeout: 30_000 }).toEqual([{ url: "bad", failures: 2, minutes: 2 }]);
    await sql`update altalune_exposure_reports set try_at = altalune_now(), failures = 60`.execute(altalune.db);
    await expect.poll(left, { timeout: 30_000 }).toEqual([{ url: "bad", failures: 61, minutes: 60 }]);
    const told = [...altalune.logLines, ...beside.logLines].filter((line) => line.includes("could not be dealt with"));
    expect(told).toHaveLength(1);

    await sql`drop trigger refuse on altalune_audit_events; drop function refuse`.execute(altalune.db);
    await dueNow();
    await reportsDone(altalune);
    expect(await verdicts(values[1] ?? "")).toEqual(both(VerificationCode.REVOKED));
  }, 90_000);

  test("is one of ten in a minute at most, of an address", async () => {
    const address = "2001:db8:1::1";
    for (let i = 0; i < 10; i++) {
      await reportUnknown(`made up ${i}`, address);
    }
    const neighbour = "2001:db8:1::2";
    expect(await denialOf(reportUnknown("one more", neighbour))).toMatchObject({
      code: "ResourceExhausted",
      reason: "TOO_MANY_REPORTS",
    });
    await reportUnknown("from elsewhere", "2001:db8:2::1");
    // A root key is not held up.
    await report("made up");
  });

  test("may come with no wrong credential", async () => {
    const projectId = await newProject(altalune.clients);
    const { value } = await newApiKey(altalune.clients, projectId);
    const made = altalune.clientsWith(newSecret("alt_root_")).exposures.reportExposedKey({ key: value });
    expect(await denialOf(made)).toMatchObject({ reason: "ROOT_KEY_INVALID" });
    const { value: weak } = await newRootKey(altalune, { scopes: ["api_keys:read"] });
    const powerless = altalune.clientsWith(weak).exposures.reportExposedKey({ key: value });
    expect(await denialOf(powerless)).toMatchObject({ reason: "PERMISSION_MISSING" });
  });
});

test("a root key that does not reach the project hears what it hears of made-up keys, and the key is dealt with", async () => {
  const elsewhere = await newProject(altalune.clients);
  const projectId = await newProject(altalune.clients, { exposurePolicy: ExposurePolicy.REVOKE });
  const { value } = await newApiKey(altalune.clients, projectId);
  const { value: rootKey } = await newRootKey(altalune, { scopes: ["api_keys:write"], projects: [elsewhere] });
  const { exposures } = altalune.clientsWith(rootKey);
  expect(await exposures.reportExposedKey({ key: value })).toEqual(
    await exposures.reportExposedKey({ key: newSecret("sk-") }),
  );
  await reportsDone(altalune);
  expect(await verdicts(value)).toEqual(both(VerificationCode.REVOKED));
});

test("a root key that was exposed is in the instance's own trail, and works on", async () => {
  const { id, value } = await newRootKey(altalune);
  await report(value);
  await reportsDone(altalune);
  expect(await eventsOf(altalune, "", "root_key.exposed")).toMatchObject([
    { resourceId: id, detail: { policy: "notify" } },
  ]);
  await altalune.clientsWith(value).projects.queryProjects({});
});

test.each([
  ["no key", { key: "" }, "key"],
  ["a key of 513 characters", { key: "k".repeat(513) }, "key"],
  ["a source of 65 characters", { key: "k", source: "s".repeat(65) }, "source"],
  ["a URL of 2049 characters", { key: "k", url: "u".repeat(2049) }, "url"],
  ["NUL in the key", { key: "k\0" }, "key"],
  ["a secret in the URL", { key: "k", url: `https://example.com/?q=${newSecret("sk-")}` }, "url"],
])("%s is refused by the name of its field", async (_what, request, field) => {
  const { exposures } = altalune.clientsWith(undefined);
  for (const calling of [altalune.clients.exposures, exposures]) {
    const denial = await denialOf(calling.reportExposedKey(request));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: [field] });
  }
});

describe("what is said of a value in another format, which was imported,", () => {
  const imported = `of another format: ${"q7".repeat(20)}/é?`;
  const encoded = encodeURIComponent(imported);
  const told = [
    ["as it is", imported],
    ["percent-encoded", encoded],
    ["percent-encoded throughout", Buffer.from(imported).toString("hex").replace(/../g, "%$&")],
    ["percent-encoded in a link of a link", encodeURIComponent(encodeURIComponent(encoded))],
    ["in a query", encoded.replaceAll("%20", "+")],
    ["beside what is encoded wrongly", `%zz%ff${encoded}%`],
  ] as const;

  test.each(told)("is refused where it holds that %s, by the name of its field", async (_how, text) => {
    const { exposures } = altalune.clientsWith(undefined);
    for (const calling of [altalune.clients.exposures, exposures]) {
      const at = `https://example.com/?q=${text}`;
      expect(await denialOf(calling.reportExposedKey({ key: imported, url: at }))).toMatchObject({
        code: "InvalidArgument",
        fields: ["url"],
      });
    }
  });

  test("is refused in its source", async () => {
    const key = "legacy key 12345";
    const said = encodeURIComponent(key);
    const denial = await denialOf(altalune.clients.exposures.reportExposedKey({ key, source: said }));
    expect(denial).toMatchObject({ code: "InvalidArgument", fields: ["source"] });
    expect(altalune.logLines.join("")).not.toContain(said);
  });

  test("is refused where it holds a key of ours that is percent-encoded", async () => {
    const secret = newSecret("sk-").replace("-", "%2D");
    const made = altalune.clients.exposures.reportExposedKey({ key: imported, url: `https://example.com/${secret}` });
    expect(await denialOf(made)).toMatchObject({ code: "InvalidArgument", fields: ["url"] });
  });
});

test("a report that is as long as it may be, and escaped throughout, is taken", async () => {
  const escaped = (length: number, character = "\\u00e9") => character.repeat(length);
  const response = await fetch(`${altalune.url}/v1/exposures`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.250" },
    body: `{"key":"${escaped(512, "\\u00ea")}","source":"${escaped(64)}","url":"${escaped(2048)}"}`,
  });
  expect(response.status).toBe(200);
});

test("no value that was reported is stored or logged", async () => {
  const { value } = await newApiKey(altalune.clients, await newProject(altalune.clients));
  const odd = `not of our format ${"q7".repeat(30)}`;
  await report(value);
  await reportUnknown(odd);
  await reportsDone(altalune);
  const stored = JSON.stringify((await sql`select * from altalune_audit_events`.execute(altalune.db)).rows, (_, one) =>
    typeof one === "bigint" ? String(one) : one,
  );
  for (const secret of [value.slice(8), odd.slice(20)]) {
    expect(stored).not.toContain(secret);
    expect(altalune.logLines.join("")).not.toContain(secret);
  }
});
