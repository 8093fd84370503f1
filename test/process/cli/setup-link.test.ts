import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeOf, register } from "../../rules/sign_in/people.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { altalune, type Environment } from "./command.js";
import { altaluneHere } from "./in-process.js";

let instance: TestInstance;
let env: Environment;
beforeAll(async () => {
  instance = await startTestInstance();
  const port = new URL(instance.url).port;
  env = { DATABASE_URL: instance.databaseUrl, ALTALUNE_MASTER_KEY: instance.masterKey, PORT: port };
});
afterAll(() => instance.stop());

describe("user setup-link", () => {
  test("prints a link, alone on stdout, by which whoever opens it becomes an owner of the running service", async () => {
    const { code, stdout, stderr } = await altalune(["user", "setup-link"], env);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^good once, until \S+Z, and not shown again:\n$/),
    });
    expect(stdout).toMatch(new RegExp(`^${instance.url}/console/setup#code=alt_setup_\\w{49}\n$`));
    const invitation = codeOf(stdout.trim());
    const answer = await register(instance, { username: "ada", email: "ada@example.com", invitation });
    expect(answer).toMatchObject({ status: 201, body: { roles: ["owner"] } });
  });

  test("takes back the link before, which may have come into wrong hands", async () => {
    const [first, second] = [
      codeOf((await altalune(["user", "setup-link"], env)).stdout.trim()),
      codeOf((await altalune(["user", "setup-link"], env)).stdout.trim()),
    ];
    const refused = await register(instance, { username: "eve", email: "eve@example.com", invitation: first });
    expect(refused).toMatchObject({ status: 403, body: { error: "INVITATION_INVALID" } });
    const answer = await register(instance, { username: "bob", email: "bob@example.com", invitation: second });
    expect(answer.status).toBe(201);
  });

  test("says what is missing where nobody knows by what address browsers come", async () => {
    const { code, stdout, stderr } = await altaluneHere(["user", "setup-link"], { ...env, HOST: "0.0.0.0" });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^altalune: set ALTALUNE_PUBLIC_URL/),
    });
  });
});
