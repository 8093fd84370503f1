import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { CredentialsInvalidError } from "../../../src/domain/user/errors.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type RecordedServices, recordServices } from "../../support/plan.js";
import { newPerson, type Person } from "./people.js";

let altalune: TestInstance;
let recorded: RecordedServices;
let ada: Person;
beforeAll(async () => {
  altalune = await startTestInstance();
  recorded = await recordServices(altalune);
  ada = await newPerson(altalune, UserRole.VIEWER);
});
afterAll(async () => {
  await recorded[Symbol.asyncDispose]();
  await altalune.stop();
});

const from = (clientAddress: string) => ({ clientAddress, userAgent: "", requestId: "", device: undefined });

const login = (clientAddress: string) =>
  recorded.services.signIn.login(ada.username, ada.password, from(clientAddress), {});

const refusedLogin = (username: string, clientAddress: string) =>
  recorded.statementsOf(async () => {
    const wrong = recorded.services.signIn.login(username, "wrong-password", from(clientAddress), {});
    await expect(wrong).rejects.toThrow(CredentialsInvalidError);
  });

test("a login takes seven statements: a look at the user, and a transaction", async () => {
  for (const address of ["203.0.113.1", "203.0.113.1", "203.0.113.2"]) {
    const statements = await recorded.statementsOf(() => login(address));
    expect(statements).toHaveLength(7);
    expect([statements[1], statements[6]]).toEqual(["begin", "commit"]);
  }
});

test("a login for tokens takes one more, for its refresh token", async () => {
  const { signIn } = recorded.services;
  const loginForTokens = () => signIn.loginForTokens(ada.username, ada.password, from("203.0.113.3"), {});
  // The first has the key that tokens are signed with made.
  await loginForTokens();
  expect(await recorded.statementsOf(loginForTokens)).toHaveLength(8);
});

test("a wrong password takes the same statement as an unknown user, the first time and later", async () => {
  const known = await refusedLogin(ada.username, "203.0.113.4");
  expect(known).toHaveLength(1);
  expect(await refusedLogin("nobody", "203.0.113.4")).toEqual(known);
  expect(await refusedLogin(ada.username, "203.0.113.4")).toEqual(known);
  expect(await refusedLogin("nobody", "203.0.113.4")).toEqual(known);
});
