import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newPerson, type Person } from "../../rules/sign_in/people.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";

let altalune: TestInstance;
let ada: Person;
test.beforeAll(async () => {
  altalune = await startTestInstance();
  await newProject(altalune.clients, { ownerAccess: { allowUsers: true, ownerScopes: ["orders:read"] } });
  ada = await newPerson(altalune, UserRole.VIEWER);
});
test.afterAll(() => altalune.stop());

async function expectKeys(command: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, ALTALUNE: altalune.url, USERNAME: ada.username, PASSWORD: ada.password };
  const { stdout } = await promisify(execFile)(command, args, { env, cwd: "examples/own-keys" });
  const [made = "", ...rest] = stdout.trim().split("\n");
  const value = /^made (sk-[0-9A-Za-z]{49})$/.exec(made)?.[1];
  expect({ made: value !== undefined, rest }).toEqual({ made: true, rest: ["listed", "revoked"] });
  const { code, ownerId } = await altalune.clients.verification.verifyApiKey({ key: value ?? "" });
  // REVOKED
  expect({ code, ownerId }).toEqual({ code: 3, ownerId: ada.id });
}

test("a user's own keys by curl", () => expectKeys("bash", ["keys.sh"]));

test("a user's own keys from Node", () => expectKeys(process.execPath, ["keys.js"]));

test("a user's own keys from Python", ({ skip }) => expectKeys(needTool(skip, "python3"), ["keys.py"]));

test("a user's own keys from Go", { timeout: 180_000 }, ({ skip }) =>
  expectKeys(needTool(skip, "go"), ["run", "keys.go"]),
);
