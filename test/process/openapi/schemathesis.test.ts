import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { operations } from "../../rules/docs/openapi.js";
import { keysAnswer, newPair } from "../../rules/exposure/github.js";
import { ask, newPerson } from "../../rules/sign_in/people.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newPortalToken } from "../../support/owners.js";
import { needTool } from "../../support/tools.js";
import { everythingMustRun, provenOnlyIf } from "../../support/unproven.js";

const run = promisify(execFile);
/** After the packages are there, which takes as long again and more. */
const seconds = 100;

// It installs much from elsewhere, and takes its time.
test.beforeEach(({ skip }) =>
  provenOnlyIf(skip, everythingMustRun, {
    what: "docs/openapi.json against a running server, by Schemathesis",
    why: "it installs much from elsewhere",
    remedy: "run with CI=true",
  }),
);

test("what Schemathesis makes of docs/openapi.json is answered as it says there, and never by a fault of ours", async ({
  skip,
}) => {
  const python = needTool(skip, "python3");
  needTool(skip, "pip3");
  const here = import.meta.dirname;
  const packages = await mkdtemp(join(tmpdir(), "altalune-schemathesis-"));
  onTestFinished(() => rm(packages, { recursive: true }));
  const requirements = join(here, "requirements.txt");
  await run(python, ["-m", "pip", "install", "--quiet", "--target", packages, "--requirement", requirements]);
  // One of its own: it changes and deletes whatever it finds, tiers among them.
  await using instance = await startTestInstance({ env: { ALTALUNE_GITHUB_KEYS: keysAnswer(newPair()) } });
  const owned = await newProject(instance.clients, { ownerAccess: { ownerScopes: ["*"] } });
  const portalToken = await newPortalToken(instance, owned, "ada");
  const accessToken = await newAccessToken(instance);
  const document = join(process.cwd(), "docs/openapi.json");
  const given = ["--config-file", join(here, "schemathesis.toml"), "--no-color", "run", document];
  const asked = ["--url", instance.url, "--max-time", String(seconds), "--checks", "all", "--continue-on-failure"];
  // The same values in each run; how many its generator throws away is its own affair.
  const generating = ["--seed", "2026", "--suppress-health-check", "filter_too_much,too_slow"];
  const { code, stdout } = await run(join(packages, "bin/schemathesis"), [...given, ...asked, ...generating], {
    cwd: packages,
    env: {
      ...process.env,
      ROOT_KEY: instance.rootKey,
      PORTAL_TOKEN: portalToken,
      ACCESS_TOKEN: accessToken,
      PYTHONPATH: [packages, here].join(delimiter),
    },
    maxBuffer: 2 ** 26,
  }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { readonly code: number; readonly stdout: string }) => error,
  );
  expect(code, stdout).toBe(0);
  expect(stdout).toContain(`Tested: ${operations.length}`);
}, 300_000);

async function newAccessToken(instance: TestInstance): Promise<string> {
  const { username, password } = await newPerson(instance, UserRole.VIEWER);
  const { body } = await ask(instance, "POST /api/auth/token", { body: { username, password } });
  return body.access_token;
}
