import { sql } from "kysely";
import { describe, expect } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { apiKeyNotFound, bearer, call, connectTo, projectNotFound } from "./call.js";
import { everyRpc, nameOf } from "./every-rpc.js";
import { newRootKey, type RootKey } from "./root-keys.js";

/** FindApiKeys names no project, and answers that it found nothing. */
const keyRpcs = everyRpc.filter(
  ({ parent, input }) => parent.name === "ApiKeyService" && "apiKeyId" in input.field && "projectId" in input.field,
);
/** Verifications answer with a verdict instead. */
const projectRpcs = everyRpc.filter(
  ({ parent, input }) => "projectId" in input.field && parent.name !== "VerificationService",
);

let altalune: TestInstance;
let victim: RootKey;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  victim = await newRootKey(altalune, { scopes: ["usage:read"], name: "the victim" });
});

/** All that is stored of root keys, and the instance's trail. */
async function rootKeysStored(): Promise<unknown> {
  const keys = await sql`select * from altalune_project_api_keys where project_id = 0 order by id`.execute(altalune.db);
  const secrets = await sql`select * from altalune_api_key_secrets where project_id = 0 order by digest`.execute(
    altalune.db,
  );
  const events = await sql`select * from altalune_audit_events where project_id = 0 order by sequence`.execute(
    altalune.db,
  );
  return [keys.rows, secrets.rows, events.rows];
}

describe("a root key", () => {
  test.each(keyRpcs.map((method) => [nameOf(method), method] as const))(
    "is not found by %s in any project",
    async (_name, method) => {
      const before = await rootKeysStored();
      const projectId = await newProject(altalune.clients);
      const target = { projectId, apiKeyId: victim.id, presentedKey: "" };
      const outcome = await call(connectTo(altalune.url), method, target, bearer(altalune.rootKey));
      expect(outcome).toMatchObject(apiKeyNotFound);
      expect(await rootKeysStored()).toEqual(before);
    },
  );

  test("is not found by what is known of it", async () => {
    const { data } = await altalune.clients.apiKeys.findApiKeys({ apiKeyId: victim.id });
    expect(data).toEqual([]);
  });

  test("is not found by verification, whoever asks, and in no project", async () => {
    const { verification } = altalune.clients;
    for (const key of [victim.value, altalune.rootKey]) {
      for (const projectId of ["", await newProject(altalune.clients)]) {
        const verdict = await verification.verifyApiKey({ key, projectId });
        expect(verdict).toMatchObject({ valid: false, code: VerificationCode.NOT_FOUND, apiKeyId: "", name: "" });
      }
    }
  });

  test("does not say by its verdict whether it exists", async () => {
    const { verification } = altalune.clients;
    const existing = await verification.verifyApiKey({ key: victim.value });
    const madeUp = await verification.verifyApiKey({ key: "alt_root_made-up" });
    expect(existing).toEqual(madeUp);
  });
});

describe("the built-in project", () => {
  test.each(projectRpcs.map((method) => [nameOf(method), method] as const))(
    "cannot be named in %s",
    async (_name, method) => {
      const before = await rootKeysStored();
      for (const projectId of ["", "0", "0".repeat(14), "2".repeat(14), " ".repeat(14), "\0".repeat(14)]) {
        const target = { projectId, apiKeyId: victim.id, presentedKey: "" };
        const { code } = await call(connectTo(altalune.url), method, target, bearer(altalune.rootKey));
        if (method.parent.name === "AuditService" && projectId === "") {
          expect(code).toBe("ok");
        } else {
          expect(code).toMatch(/^(NotFound|InvalidArgument|Unimplemented)$/);
        }
      }
      expect(await rootKeysStored()).toEqual(before);
    },
  );

  test("is in no listing of projects", async () => {
    await newProject(altalune.clients);
    for (const query of [{}, { keyword: "root" }, { filters: { name: { values: ["root keys"] } } }]) {
      const { data } = await altalune.clients.projects.queryProjects({ query });
      expect(data.map(({ id, name }) => ({ id, name }))).not.toContainEqual({ id: "", name: "root keys" });
    }
  });

  test("stays out of reach for a root key whose project list names it", async () => {
    const { value } = await newRootKey(altalune, { projects: [await newProject(altalune.clients)] });
    await sql`
      update altalune_project_api_keys set reachable_project_ids = array['', '0']
      where project_id = 0 and display_prefix = left(${value}, length(display_prefix))
    `.execute(altalune.db);
    const { projects, apiKeys } = altalune.clientsWith(value);
    expect((await projects.queryProjects({})).data).toEqual([]);
    await expect(projects.getProject({ projectId: "0".repeat(14) })).rejects.toThrow(/no such project/);
    await expect(apiKeys.queryApiKeys({ projectId: "" })).rejects.toThrow(/project_id/);
  });

  test("even with a public id set by hand is not found", async () => {
    const publicId = "builtinproject";
    await sql`update altalune_projects set public_id = ${publicId} where id = 0`.execute(altalune.db);
    try {
      for (const method of projectRpcs) {
        const target = { projectId: publicId, apiKeyId: victim.id, presentedKey: "" };
        const outcome = await call(connectTo(altalune.url), method, target, bearer(altalune.rootKey));
        expect([projectNotFound.code, "Unimplemented"], nameOf(method)).toContain(outcome.code);
      }
    } finally {
      await sql`update altalune_projects set public_id = '' where id = 0`.execute(altalune.db);
    }
  });
});
