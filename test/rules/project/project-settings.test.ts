import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect } from "vitest";
import { NoticeKind, type NoticesSchema } from "../../../gen/altalune/v1/notice_pb.js";
import { ExposurePolicy, SuspiciousPolicy } from "../../../gen/altalune/v1/project_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, newApiKey, newProject, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";

interface Settings {
  readonly name?: string;
  readonly keyPrefix?: string;
  readonly maxKeysPerOwner?: number;
  readonly allowNeverExpires?: boolean;
  readonly defaultScopes?: string[];
  readonly defaultTier?: string;
  readonly exposurePolicy?: ExposurePolicy;
  readonly suspiciousPolicy?: SuspiciousPolicy;
  readonly contactEmails?: string[];
  readonly notices?: MessageInitShape<typeof NoticesSchema>;
}

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

function create(settings: Settings) {
  return altalune.clients.projects.createProject({ name: uniqueName("project"), ...settings });
}

const refused: readonly (readonly [what: string, field: string, settings: Settings])[] = [
  ["a name of 1 character", "name", { name: "p" }],
  ["a name of 51 characters", "name", { name: "p".repeat(51) }],
  ["a key prefix of 17 characters", "key_prefix", { keyPrefix: `${"k".repeat(16)}_` }],
  ["a key prefix that does not end in - or _", "key_prefix", { keyPrefix: "sk" }],
  ["a dot in the key prefix", "key_prefix", { keyPrefix: "s.k-" }],
  ...["alt_", "alt_root_", "alt_user_", "sign_", "sign_x-", "whsec_", "ALT_root-"].map(
    (keyPrefix): (typeof refused)[number] => [
      `the key prefix ${keyPrefix}, which is one of our own`,
      "key_prefix",
      { keyPrefix },
    ],
  ),
  ["an accent in the key prefix", "key_prefix", { keyPrefix: "clé-" }],
  ["a cap above a million", "max_keys_per_owner", { maxKeysPerOwner: 1_000_001 }],
  ["65 default scopes", "default_scopes", { defaultScopes: manyScopes(65) }],
  ["a default scope of 101 characters", "default_scopes", { defaultScopes: ["s".repeat(101)] }],
  ["a default scope of no segments", "default_scopes", { defaultScopes: ["a::b"] }],
  ["a default tier of 33 characters", "default_tier", { defaultTier: "t".repeat(33) }],
  ["capitals in the default tier", "default_tier", { defaultTier: "Free" }],
  ["11 contacts", "contact_emails", { contactEmails: Array.from({ length: 11 }, (_, i) => `team-${i}@example.com`) }],
  ["the same contact twice", "contact_emails", { contactEmails: ["team@example.com", "team@example.com"] }],
  ...[
    "team",
    "team@localhost",
    "a@b@example.com",
    "Team <team@example.com>",
    "team@example.com, other@example.com",
    "team,other@example.com",
    "team@example.com\r\nBcc: other@example.com",
    '"team"@example.com',
    "te am@example.com",
    `${"t".repeat(65)}@example.com`,
    `team@${"e".repeat(200)}.com`,
    "team@-x.com",
    "team@.x.com",
    "team@x.co-",
  ].map((address): (typeof refused)[number] => [
    `the contact ${JSON.stringify(address).slice(0, 60)}`,
    "contact_emails",
    { contactEmails: [address] },
  ]),
  ["0 days before an end", "notices.expiring_days", { notices: { expiringDays: [0] } }],
  ["366 days before an end", "notices.expiring_days", { notices: { expiringDays: [366] } }],
  ["the same days twice", "notices.expiring_days", { notices: { expiringDays: [7, 7] } }],
  [
    "11 warnings of an end",
    "notices.expiring_days",
    { notices: { expiringDays: Array.from({ length: 11 }, (_, i) => i + 1) } },
  ],
  [
    "values that are old within a day",
    "notices.rotation_due_after",
    { notices: { rotationDueAfter: durationFromMs(dayMs - 1) } },
  ],
  [
    "values that are old after 731 days",
    "notices.rotation_due_after",
    { notices: { rotationDueAfter: durationFromMs(731 * dayMs) } },
  ],
  ["a kind of notices that is none", "notices.muted", { notices: { muted: [NoticeKind.UNSPECIFIED] } }],
  ["a kind that is not known", "notices.muted", { notices: { muted: [77 as NoticeKind] } }],
];

const accepted: readonly (readonly [what: string, settings: Settings])[] = [
  ["a name of 2 characters", { name: "pp" }],
  ["a name of 50 characters, whatever they are", { name: "🔑".repeat(50) }],
  ["a key prefix that holds one of our own", { keyPrefix: "my-alt_root_" }],
  ["a key prefix that starts like one of our own", { keyPrefix: "alternate_" }],
  ["a key prefix of 1 character", { keyPrefix: "_" }],
  ["a key prefix of 16 characters", { keyPrefix: `${"k".repeat(15)}-` }],
  ["no cap", { maxKeysPerOwner: 0 }],
  ["a cap of a million", { maxKeysPerOwner: 1_000_000 }],
  ["keys that never expire", { allowNeverExpires: true }],
  ["64 default scopes", { defaultScopes: manyScopes(64) }],
  ["a default scope of 100 characters", { defaultScopes: ["s".repeat(100)] }],
  ["a default tier", { defaultTier: "pro" }],
  ["a policy for exposed keys", { exposurePolicy: ExposurePolicy.REVOKE }],
  ["a policy for keys that are used oddly", { suspiciousPolicy: SuspiciousPolicy.DEACTIVATE }],
  ["10 contacts", { contactEmails: Array.from({ length: 10 }, (_, i) => `team+${i}@mail.example.com`) }],
  ["the longest contact", { contactEmails: [`${"t".repeat(63)}@${"e".repeat(126)}.${"c".repeat(63)}`] }],
  [
    "notices of its own",
    {
      notices: {
        expiringDays: [365, 14, 1],
        rotationDueAfter: durationFromMs(180 * dayMs),
        muted: [NoticeKind.EXPIRED, NoticeKind.WEBHOOK_DISABLED],
      },
    },
  ],
];

describe("a new project", () => {
  test.each(refused)("is refused with %s", async (_what, field, settings) => {
    expect(await denialOf(create(settings))).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
  });

  test("is refused without a name", async () => {
    expect(await denialOf(create({ name: "" }))).toMatchObject({ code: "InvalidArgument", fields: ["name"] });
  });

  test("is refused with a default tier that is not there", async () => {
    const denial = await denialOf(create({ defaultTier: "platinum" }));
    expect(denial).toMatchObject({ code: "NotFound", reason: "TIER_NOT_FOUND" });
  });

  test.each(accepted)("is accepted with %s", async (_what, settings) => {
    const { project } = await create(settings);
    expect(project).toMatchObject(settings);
    expect((await altalune.clients.projects.getProject({ projectId: project?.id ?? "" })).project).toEqual(project);
  });

  test("has the contract's defaults", async () => {
    expect((await create({})).project).toMatchObject({
      keyPrefix: "sk-",
      maxKeysPerOwner: 5,
      allowNeverExpires: false,
      defaultScopes: [],
      defaultTier: "",
      contactEmails: [],
      notices: { expiringDays: [30, 7, 1], rotationDueAfter: durationFromMs(90 * dayMs), muted: [] },
    });
  });

  test("has its contacts in small letters, each once", async () => {
    const { project } = await create({ contactEmails: ["Team@Example.com", "team@example.com", "b@example.com"] });
    expect(project?.contactEmails).toEqual(["team@example.com", "b@example.com"]);
  });

  test("has the defaults of notices that are not said", async () => {
    const { project } = await create({ notices: { muted: [NoticeKind.EXPOSED] } });
    expect(project?.notices).toMatchObject({
      expiringDays: [30, 7, 1],
      rotationDueAfter: durationFromMs(90 * dayMs),
      muted: [NoticeKind.EXPOSED],
    });
  });
});

describe("an update of a project", () => {
  test.each(refused)("is refused with %s, and changes nothing", async (_what, field, settings) => {
    const projectId = await newProject(altalune.clients);
    const before = await altalune.clients.projects.getProject({ projectId });
    const denial = await denialOf(altalune.clients.projects.updateProject({ projectId, ...settings }));
    expect(denial).toMatchObject({ code: "InvalidArgument", reason: "", fields: [field] });
    expect(await altalune.clients.projects.getProject({ projectId })).toEqual(before);
  });

  test("is refused with a default tier that is not there", async () => {
    const projectId = await newProject(altalune.clients);
    const denial = await denialOf(altalune.clients.projects.updateProject({ projectId, defaultTier: "platinum" }));
    expect(denial).toMatchObject({ code: "NotFound", reason: "TIER_NOT_FOUND" });
  });

  test.each(accepted)("is accepted with %s, which alone changes", async (_what, settings) => {
    const projectId = await newProject(altalune.clients, {
      keyPrefix: "old_",
      defaultScopes: ["old"],
      defaultTier: "free",
    });
    const { project: before } = await altalune.clients.projects.getProject({ projectId });
    const { project } = await altalune.clients.projects.updateProject({ projectId, ...settings });
    expect(project).toMatchObject({ ...before, ...settings, etag: project?.etag, updatedAt: project?.updatedAt });
    expect(await actionsOf(altalune.clients, projectId)).toEqual(["project.created", "project.updated"]);
  });
});

test("a project whose key prefix became one of our own can be sent back whole, and take no other such prefix", async () => {
  const projectId = await newProject(altalune.clients);
  await altalune.db
    .updateTable("altalune_projects")
    .set({ key_prefix: "whsec_" })
    .where("public_id", "=", projectId)
    .execute();
  const whole = {
    projectId,
    name: uniqueName("project"),
    keyPrefix: "whsec_",
    maxKeysPerOwner: 7,
    allowNeverExpires: true,
  };

  const { project } = await altalune.clients.projects.updateProject(whole);
  expect(project).toMatchObject({ id: projectId, name: whole.name, keyPrefix: "whsec_", maxKeysPerOwner: 7 });

  const denial = await denialOf(altalune.clients.projects.updateProject({ ...whole, keyPrefix: "alt_" }));
  expect(denial).toMatchObject({ code: "InvalidArgument", reason: "", fields: ["key_prefix"] });
});

describe("the defaults of a project", () => {
  test("are given to keys that are made without scopes and tier, and to no others", async () => {
    const { clients } = altalune;
    const projectId = await newProject(clients, {
      defaultScopes: ["orders:read"],
      defaultTier: "free",
      keyPrefix: "shop_",
    });
    const plain = await newApiKey(clients, projectId);
    const own = await newApiKey(clients, projectId, { scopes: ["all:*"], tier: "pro" });
    const { apiKey: plainKey } = await clients.apiKeys.getApiKey({ projectId, apiKeyId: plain.id });
    const { apiKey: ownKey } = await clients.apiKeys.getApiKey({ projectId, apiKeyId: own.id });
    expect(plainKey).toMatchObject({ scopes: ["orders:read"], tier: "free" });
    expect(ownKey).toMatchObject({ scopes: ["all:*"], tier: "pro" });
    expect(plain.value).toMatch(/^shop_[0-9A-Za-z]{49}$/);
    expect(plainKey?.keyPrefix).toBe(plain.value.slice(0, "shop_".length + 5));
  });

  test("that change leave the keys that exist as they are", async () => {
    const { clients } = altalune;
    const projectId = await newProject(clients, { defaultScopes: ["before"], keyPrefix: "before_" });
    const key = await newApiKey(clients, projectId);
    const before = await clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id });
    await clients.projects.updateProject({
      projectId,
      defaultScopes: ["after"],
      keyPrefix: "after_",
      defaultTier: "pro",
    });
    expect(await clients.apiKeys.getApiKey({ projectId, apiKeyId: key.id })).toEqual(before);
    const { value } = await newApiKey(clients, projectId);
    expect(value).toMatch(/^after_/);
  });
});

function manyScopes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `scope:${i}`);
}
