import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { newPerson, type Person, signIn } from "../../rules/sign_in/people.js";
import { startWithProvider, type TestProvider } from "../../rules/sign_in/provider.js";
import type { TestInstance } from "../../support/instance.js";
import { hostileJson, hostileString, runs } from "./hostile.js";
import { watchForCrashes } from "./judgement.js";

let altalune: TestInstance;
let provider: TestProvider;
let person: Person;
let watch: ReturnType<typeof watchForCrashes>;
beforeAll(async () => {
  ({ altalune, provider } = await startWithProvider({ ALTALUNE_REGISTRATION: "open" }));
  await provider.start();
  person = await newPerson(altalune, UserRole.VIEWER);
  watch = watchForCrashes();
});
afterAll(async () => {
  watch.stop();
  await provider.stop();
  await altalune.stop();
});

const routes = [
  [
    "POST /api/auth/register",
    ["username", "email", "password", "confirm_password", "confirmPassword", "invitation", "roles"],
  ],
  ["POST /api/auth/login", ["username", "email", "password", "totp_code", "passkey"]],
  ["POST /api/auth/logout", []],
  ["GET /api/auth/me", []],
  ["PUT /api/auth/password", ["current_password", "new_password", "confirm_password"]],
  ["GET /api/auth/sessions", []],
  ["DELETE /api/auth/sessions", []],
  ["DELETE /api/auth/sessions/22222222222222", []],
  ["POST /api/auth/token", ["username", "email", "password"]],
  ["POST /api/auth/token/refresh", ["refresh_token"]],
  ["GET /api/auth/totp", []],
  ["POST /api/auth/totp", ["password"]],
  ["DELETE /api/auth/totp", ["password"]],
  ["POST /api/auth/totp/confirm", ["totp_code"]],
  ["GET /api/auth/passkeys", []],
  ["POST /api/auth/passkeys", ["name", "response"]],
  ["POST /api/auth/passkeys/options", ["password"]],
  ["DELETE /api/auth/passkeys/22222222222222", ["password"]],
  ["GET /api/auth/oidc", []],
  ["GET /api/auth/oidc/login", []],
  ["POST /api/auth/oidc/login", ["invitation"]],
  ["GET /api/auth/oidc/callback", []],
  ["GET /api/auth/oidc/callback?code=x&state=%00&state=%F0&iss=&response=x&error=%22", []],
  ["GET /.well-known/jwks.json", []],
] as const;

const cookies = fc.oneof(
  fc.constantFrom("", "altalune_session=", "altalune_session=%", "altalune_session=x; altalune_session=y", "=;=;"),
  fc.stringMatching(/^altalune_(session|device|oidc)=[!-~]{0,80}$/),
);

describe.each(routes)("%s", (line, fields) => {
  const [method = "GET", path = "/"] = line.split(" ");
  const value = fc.oneof(hostileString, fc.constant(null), fc.integer(), fc.array(fc.string(), { maxLength: 3 }));
  const likely = fc
    .tuple(...fields.map((name) => fc.option(fc.tuple(fc.constant<string>(name), value), { nil: undefined })))
    .map((members) => JSON.stringify(Object.fromEntries(members.filter((member) => member !== undefined))));
  const body = method === "GET" ? fc.constant(undefined) : fc.oneof({ weight: 4, arbitrary: likely }, hostileJson);

  test("takes no request for a fault of the server, and says no in a problem", {
    timeout: 120_000 + runs * 1_000,
  }, async () => {
    const { cookie } = await signIn(altalune, person);
    await fc.assert(
      fc.asyncProperty(body, fc.option(cookies, { nil: undefined }), async (sent, made) => {
        const headers = {
          ...(sent !== undefined && { "content-type": "application/json" }),
          cookie: made ?? cookie,
          origin: altalune.url,
        };
        const response = await fetch(altalune.url + path, {
          method,
          redirect: "manual",
          headers,
          ...(sent !== undefined && { body: Buffer.from(sent) }),
        });
        const text = await response.text();
        expect(response.status, text).toBeLessThan(500);
        if (response.status >= 400) {
          expect(response.headers.get("content-type")).toBe("application/problem+json");
          expect(JSON.parse(text)).toMatchObject({ error: expect.any(String), message: expect.any(String) });
        }
      }),
      { numRuns: runs },
    );
  });
});

test("after all that nothing went wrong unseen", () => {
  expect(watch.crashes).toEqual([]);
  expect(altalune.logLines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});
