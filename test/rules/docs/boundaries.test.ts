import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** For each rule a file that breaks it, beside the code that keeps it. */
const violations: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "no-unresolved": ["src/planted.ts", 'import "./nowhere.js";'],
  "no-circular": ["src/domain/scope-planted.ts", 'import "./scope-planted.js";'],
  "no-test-code-in-the-product": ["src/planted-test.ts", 'import "../test/support/fixtures.js";'],
  "no-dev-dependencies-in-the-product": ["src/planted-dev.ts", 'import type { Property } from "fast-check";'],
  "only-handlers-and-mappers-see-the-wire": [
    "src/domain/tier/repo.ts",
    'import type { Tier } from "../../../gen/altalune/v1/tier_pb.js";',
  ],
  "only-repos-and-services-see-the-database": [
    "src/domain/project/handler.ts",
    'import type { Kysely } from "kysely";',
  ],
  "services-know-no-tables": [
    "src/domain/tier/service.ts",
    'import type { TiersTable } from "../../platform/postgres/tables/tiers.js";',
  ],
  "services-know-no-repo": ["src/domain/project/service.ts", 'import { projectRepo } from "./repo.js";'],
  "only-the-composition-knows-repos": ["src/app/routes.ts", 'import { tierRepo } from "../domain/tier/repo.js";'],
  "no-reaching-into-another-domain": [
    "src/domain/usage/planted.ts",
    'import type { TierStore } from "../tier/interface.js";',
  ],
  "models-are-pure": ["src/domain/root_key/model.ts", 'import type { RootKeyStore } from "./interface.js";'],
  "mappers-are-pure": ["src/domain/audit/mapper.ts", 'import type { AuditService } from "./service.js";'],
  "only-repos-know-tables": [
    "src/server/ops/probes.ts",
    'import type { TiersTable } from "../../platform/postgres/tables/tiers.js";',
  ],
  "domains-do-not-know-the-server": ["src/platform/ids.ts", 'import { readConfig } from "../app/config.js";'],
  "http-knows-no-rpc": ["src/server/http/cors.ts", 'import type { Call } from "../call/call.js";'],
  "the-pipeline-knows-no-face": [
    "src/server/call/call-log.ts",
    'import type { VerifyCodec } from "../faces/unary/verify-codec.js";',
  ],
  "faces-do-not-know-each-other": [
    "src/server/faces/connect/adapter.ts",
    'import type { UnaryFace } from "../unary/unary-face.js";',
  ],
  "faces-hold-no-rules": [
    "src/server/faces/unary/unary-face.ts",
    'import type { ProjectService } from "../../../domain/project/service.js";',
  ],
  "only-the-command-line-knows-the-app": [
    "src/server/server.ts",
    'import type { PoolBudget } from "../app/pool-budget.js";',
  ],
  "platform-knows-no-domain": ["src/platform/logger.ts", 'export type { Project } from "../domain/project/model.js";'],
  "packages-know-nothing-of-altalune": [
    "packages/embedded-postgres/src/planted.ts",
    'import type { Clock } from "../../../src/platform/clock.js";',
  ],
  "the-console-knows-the-contract-alone": [
    "console/src/session/auth.ts",
    'import type { UserRole } from "../../../src/domain/user/model.js";',
  ],
  "sign-in-comes-before-the-client": [
    "console/src/session/auth.ts",
    'import type { ApiKey } from "@altalune/sdk/messages";',
  ],
  "packages-are-imported-by-name": [
    "src/app/planted.ts",
    'import { freePort } from "../../packages/embedded-postgres/src/free-port.js";',
  ],
  "the-server-takes-the-signature-alone": [
    "src/server/planted-client.ts",
    'import { createAltalune } from "@altalune/sdk";',
  ],
  "a-guard-knows-its-framework-alone": [
    "sdk/src/guard.ts",
    'import type { Request as ExpressRequest } from "express";',
  ],
};

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "altalune-boundaries-"));
  for (const part of [
    "src",
    "migrations",
    "gen",
    "packages",
    "sdk",
    "console",
    "package.json",
    ".dependency-cruiser.json",
  ]) {
    await cp(part, join(copy, part), { recursive: true });
  }
  await symlink(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rm(copy, { recursive: true }));

test("the check of boundaries passes, and finds every rule broken once it is", async () => {
  expect(await check()).toMatchObject({ code: 0 });
  for (const [file, text] of Object.values(violations)) {
    const path = join(copy, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${text}\n${await readFile(path, "utf8").catch(() => "")}`);
  }
  const { code, output } = await check();
  expect(code).toBe(1);
  const rules: readonly { readonly name: string }[] = JSON.parse(
    await readFile(".dependency-cruiser.json", "utf8"),
  ).forbidden;
  const found = rules.filter(({ name }) => output.includes(`error ${name}:`)).map(({ name }) => name);
  expect(found).toEqual(rules.map(({ name }) => name));
  expect(Object.keys(violations)).toEqual(expect.arrayContaining(found));
}, 60_000);

async function check(): Promise<{ code: number; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>();
  execFile(process.execPath, ["scripts/check-boundaries.ts", copy], (error, stdout, stderr) => {
    resolve({ code: typeof error?.code === "number" ? error.code : Number(error !== null), output: stdout + stderr });
  });
  return promise;
}
