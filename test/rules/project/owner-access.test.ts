import { generateKeyPairSync } from "node:crypto";
import type { JsonObject, MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect } from "vitest";
import type { OwnerAccessSchema } from "../../../gen/altalune/v1/project_pb.js";
import { denialOf } from "../../support/errors.js";
import { dayMs, newProject, uniqueName } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { png } from "../../support/owners.js";
import { test } from "../../support/shared-instance.js";

type Access = MessageInitShape<typeof OwnerAccessSchema>;

const keyPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKey = { ...keyPair.publicKey.export({ format: "jwk" }), kid: "a" } as JsonObject;
const privateKey = keyPair.privateKey.export({ format: "jwk" }) as JsonObject;

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

const issuer = { issuer: "https://login.example.com", audience: "orders", jwksUri: "https://login.example.com/jwks" };
const withKeys = (jwks: JsonObject): Access => ({ trustedIssuers: [{ issuer: "i", audience: "a", jwks }] });

const refused: readonly (readonly [what: string, field: string, access: Access])[] = [
  ["an issuer without a name", "trusted_issuers.issuer", { trustedIssuers: [{ ...issuer, issuer: "" }] }],
  [
    "an issuer named as that of users' tokens",
    "trusted_issuers.issuer",
    { trustedIssuers: [{ ...issuer, issuer: "altalune" }] },
  ],
  ["an issuer for no audience", "trusted_issuers.audience", { trustedIssuers: [{ ...issuer, audience: "" }] }],
  ["an issuer without keys", "trusted_issuers", { trustedIssuers: [{ ...issuer, jwksUri: "" }] }],
  ["two ways to an issuer's keys", "trusted_issuers", { trustedIssuers: [{ ...issuer, jwks: { keys: [publicKey] } }] }],
  ["one issuer twice", "trusted_issuers", { trustedIssuers: [issuer, issuer] }],
  [
    "11 issuers",
    "trusted_issuers",
    { trustedIssuers: Array.from({ length: 11 }, (_, i) => ({ ...issuer, issuer: `i${i}` })) },
  ],
  ["keys at no URL", "trusted_issuers.jwks_uri", { trustedIssuers: [{ ...issuer, jwksUri: "ftp://a.example" }] }],
  [
    "keys at a URL with a user",
    "trusted_issuers.jwks_uri",
    { trustedIssuers: [{ ...issuer, jwksUri: "https://a@b.example" }] },
  ],
  ["the algorithm none", "trusted_issuers.algorithms", { trustedIssuers: [{ ...issuer, algorithms: ["none"] }] }],
  [
    "an algorithm by a shared secret",
    "trusted_issuers.algorithms",
    { trustedIssuers: [{ ...issuer, algorithms: ["HS256"] }] },
  ],
  ["no keys in a set", "trusted_issuers.jwks", withKeys({ keys: [] })],
  ["a private key in a set", "trusted_issuers.jwks", withKeys({ keys: [privateKey] })],
  ["a shared secret in a set", "trusted_issuers.jwks", withKeys({ keys: [{ kty: "oct", k: "c2VjcmV0" }] })],
  ["a set of something else", "trusted_issuers.jwks", withKeys({ keys: ["a"] })],
  ["a lifetime of 731 days", "max_lifetime", { maxLifetime: durationFromMs(731 * dayMs) }],
  [
    "a default lifetime above the longest",
    "default_lifetime",
    { maxLifetime: durationFromMs(dayMs), defaultLifetime: durationFromMs(2 * dayMs) },
  ],
  ["a scope of no segments", "owner_scopes", { ownerScopes: ["a::b"] }],
  ["an origin with a path", "origins", { origins: ["https://app.example.com/"] }],
  ["an origin with its usual port", "origins", { origins: ["https://app.example.com:443"] }],
  ["all origins", "origins", { origins: ["*"] }],
  ["a color by name", "branding.color", { branding: { color: "red" } }],
  ["a logo that is a script", "branding.logo", { branding: { logo: Buffer.from("<svg onload=alert(1)>") } }],
  ["a logo of 33 KiB", "branding.logo", { branding: { logo: Buffer.concat([png, Buffer.alloc(33 * 1024)]) } }],
];

const whole: Access = {
  trustedIssuers: [
    { ...issuer, ownerClaim: "https://example.com/user", algorithms: ["ES256"] },
    { issuer: "other", audience: "orders", jwks: { keys: [publicKey] } },
  ],
  allowUsers: true,
  ownerScopes: ["orders:*"],
  maxLifetime: durationFromMs(30 * dayMs),
  defaultLifetime: durationFromMs(7 * dayMs),
  defaultTier: "free",
  origins: ["https://app.example.com", "http://localhost:3000"],
  branding: { name: "Orders", color: "#1f6feb", logo: png },
};

describe("owners' access", () => {
  test.for(refused)("is refused with %s", async ([_what, field, ownerAccess]) => {
    const { projects } = altalune.clients;
    const expected = { code: "InvalidArgument", fields: [`owner_access.${field}`] };
    expect(await denialOf(projects.createProject({ name: uniqueName("project"), ownerAccess }))).toMatchObject(
      expected,
    );
    const projectId = await newProject(altalune.clients);
    expect(await denialOf(projects.updateProject({ projectId, ownerAccess }))).toMatchObject(expected);
    expect((await projects.getProject({ projectId })).project?.ownerAccess).toBeUndefined();
  });

  test("is refused with a tier that is not there, and holds the tier that it names", async () => {
    const { projects, tiers } = altalune.clients;
    const ownerAccess = { defaultTier: "owners-only" };
    const create = () => projects.createProject({ name: uniqueName("project"), ownerAccess });
    expect(await denialOf(create())).toMatchObject({ reason: "TIER_NOT_FOUND" });
    await tiers.upsertTier({ tier: { name: "owners-only" } });
    await create();
    expect(await denialOf(tiers.deleteTier({ name: "owners-only" }))).toMatchObject({ reason: "TIER_IN_USE" });
  });

  test("is kept as it was given, changed as a whole, and taken away by name", async () => {
    const { projects } = altalune.clients;
    const projectId = await newProject(altalune.clients, { ownerAccess: whole });
    const stored = (await projects.getProject({ projectId })).project;
    expect(stored?.ownerAccess).toMatchObject({ ...whole, branding: { ...whole.branding, logo: new Uint8Array(png) } });

    await projects.updateProject({ projectId, name: "another name" });
    expect((await projects.getProject({ projectId })).project?.ownerAccess).toEqual(stored?.ownerAccess);

    const changed = await projects.updateProject({ projectId, ownerAccess: { ownerScopes: ["a"] } });
    expect(changed.project?.ownerAccess).toMatchObject({ ownerScopes: ["a"], trustedIssuers: [], origins: [] });
    expect(changed.project?.etag).not.toBe(stored?.etag);

    const cleared = await projects.updateProject({ projectId, updateMask: { paths: ["owner_access"] } });
    expect(cleared.project?.ownerAccess).toBeUndefined();
  });

  test("stands in the trail, with its keys and its picture by what tells them from others", async () => {
    const projectId = await newProject(altalune.clients, { ownerAccess: whole });
    const { data } = await altalune.clients.audit.queryAuditEvents({ projectId });
    expect(data[0]?.detail).toMatchObject({
      owner_access: {
        trusted_issuers: [
          { issuer: issuer.issuer, jwks_uri: issuer.jwksUri, owner_claim: "https://example.com/user" },
          { issuer: "other", jwks_sha256: expect.stringMatching(/^[0-9a-f]{64}$/), owner_claim: "sub" },
        ],
        allow_users: true,
        owner_scopes: ["orders:*"],
        max_lifetime_seconds: 30 * 86_400,
        default_lifetime_seconds: 7 * 86_400,
        branding: { logo_bytes: png.byteLength },
      },
    });
    expect((await altalune.clients.audit.verifyAuditTrail({ projectId })).intact).toBe(true);
  });

  test("comes without its logo in listings, which would be too long", async () => {
    const name = uniqueName("with a logo");
    await altalune.clients.projects.createProject({ name, ownerAccess: whole });
    const { data } = await altalune.clients.projects.queryProjects({
      query: { filters: { name: { values: [name] } } },
    });
    expect(data).toMatchObject([{ ownerAccess: { branding: { name: "Orders", logo: new Uint8Array() } } }]);
  });
});
