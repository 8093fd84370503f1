import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { readConfig } from "../../../src/app/config.js";
import { needTool } from "../../support/tools.js";

test("the compose file is one, starts Altalune on a database that is ready, and holds no secret", async ({ skip }) => {
  // Compose's own loader, which checks it against the specification's schema and for consistency.
  const compose = needTool(skip, "compose-go");
  const { stdout } = await promisify(execFile)(compose, ["-format", "json", "compose.yaml"], { cwd: "deploy" });
  const { services, secrets } = JSON.parse(stdout);
  expect(Object.keys(services).sort()).toEqual(["altalune", "postgres"]);
  const { altalune, postgres } = services;
  expect(altalune).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
  expect(altalune.build).toMatchObject({ context: process.cwd(), dockerfile: "deploy/Dockerfile" });
  expect(altalune.depends_on.postgres.condition).toBe("service_healthy");
  expect(postgres.healthcheck.test).toContain("pg_isready");
  for (const { environment, secrets: given } of [altalune, postgres]) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASSWORD|KEY|URL/.test(name)) {
        expect(name).toMatch(/_FILE$/);
        expect(given.map(({ target }: { readonly target: string }) => target)).toContain(value);
      }
    }
  }
  expect(Object.values(secrets).filter((secret) => !Object.hasOwn(secret as object, "file"))).toEqual([]);
});

test("the lines of docs/installing.md make secrets that Altalune takes", async ({ skip }) => {
  needTool(skip, "openssl");
  const block = /^cd deploy && (.*?)^docker/ms.exec(readFileSync("docs/installing.md", "utf8"))?.[1] ?? "";
  const folder = await mkdtemp(join(inject("scratchDir"), "compose-"));
  await promisify(execFile)("bash", ["-e", "-c", block], { cwd: folder });
  const secret = (name: string) => join(folder, "secrets", name);
  const config = readConfig({
    DATABASE_URL_FILE: secret("database-url"),
    ALTALUNE_MASTER_KEY_FILE: secret("master-key"),
  });
  const password = readFileSync(secret("postgres-password"), "utf8");
  expect(config.database.url).toBe(`postgres://altalune:${password}@postgres:5432/altalune`);
});
