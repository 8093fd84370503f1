import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
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
