import { expect } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type AskOptions, ask, goodPassword, newPerson, type Person, signIn } from "./people.js";
import { type Deviation, SoftwareAuthenticator } from "./software-authenticator.js";

/** What browsers reach the instances by, all of them. */
export const publicUrl = "http://localhost:4711";

/** An instance that browsers come to by name. @param beside another, as behind a load balancer */
export async function startNamed(beside?: TestInstance, url = publicUrl): Promise<TestInstance> {
  return startTestInstance({ ...(beside && { beside }), env: { ALTALUNE_PUBLIC_URL: url } });
}

/** As a page of theirs asks. */
export function askFrom(instance: TestInstance, line: string, options: AskOptions = {}) {
  return ask(instance, line, { ...options, headers: { origin: publicUrl, ...options.headers } });
}

export const withPassword = { password: goodPassword };

/** What has no passkey yet. */
export const fresh = () => new SoftwareAuthenticator(publicUrl);

/** Somebody who is signed in, and has no second factor. */
export async function newcomer(instance: TestInstance) {
  const person = await newPerson(instance, UserRole.VIEWER);
  const { cookie } = await signIn(instance, person);
  return { person, cookie };
}

/** Somebody with a passkey. */
export interface Keeper {
  readonly person: Person;
  readonly cookie: string;
  readonly authenticator: SoftwareAuthenticator;
  readonly passkeyId: string;
  readonly recoveryCodes: readonly string[];
}

export async function newKeeper(instance: TestInstance): Promise<Keeper> {
  const { person, cookie } = await newcomer(instance);
  const authenticator = fresh();
  const { status, body } = await addPasskey(instance, cookie, authenticator);
  expect(status).toBe(201);
  return { person, cookie, authenticator, passkeyId: body.id, recoveryCodes: body.recovery_codes };
}

export async function creationOptions(instance: TestInstance, cookie: string) {
  const answer = await askFrom(instance, "POST /api/auth/passkeys/options", { cookie, body: withPassword });
  expect(answer.status).toBe(200);
  return answer.body;
}

export async function addPasskey(
  instance: TestInstance,
  cookie: string,
  authenticator: SoftwareAuthenticator,
  { name, as }: { readonly name?: unknown; readonly as?: Deviation } = {},
) {
  const response = authenticator.create(await creationOptions(instance, cookie), as);
  const body = { response, ...(name !== undefined && { name }) };
  return askFrom(instance, "POST /api/auth/passkeys", { cookie, body });
}

/** Adds one by each instance, all at once. */
export async function addAtOnce(instances: readonly TestInstance[], cookie: string) {
  const responses: unknown[] = [];
  for (const instance of instances) {
    responses.push(fresh().create(await creationOptions(instance, cookie)));
  }
  const bodies = responses.map((response) => ({ response }));
  return Promise.all(instances.map((one, i) => askFrom(one, "POST /api/auth/passkeys", { cookie, body: bodies[i] })));
}

export function removePasskey(instance: TestInstance, cookie: string, id: string) {
  return askFrom(instance, `DELETE /api/auth/passkeys/${id}`, { cookie, body: withPassword });
}

export interface Tried {
  readonly status: number;
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever WebAuthn has in it.
  readonly options: any;
  readonly factors: readonly string[] | undefined;
}

/** Tries to sign in. @param proof `totp_code` or `passkey` */
export async function tryLogin(
  instance: TestInstance,
  { username }: Person,
  proof: Readonly<Record<string, unknown>> = {},
  password = goodPassword,
): Promise<Tried> {
  const { status, body } = await ask(instance, "POST /api/auth/login", { body: { username, password, ...proof } });
  return { status, error: body.error, options: body.passkey_options, factors: body.second_factors };
}

/** What the service asks for a passkey by. */
export async function requestOptions(instance: TestInstance, person: Person) {
  const { error, options } = await tryLogin(instance, person);
  expect(error).toBe("SECOND_FACTOR_REQUIRED");
  return options;
}

/** The whole of it: asks, and answers by the passkey. */
export async function loginBy(instance: TestInstance, { person, authenticator }: Keeper, as: Deviation = {}) {
  const options = await requestOptions(instance, person);
  return tryLogin(instance, person, { passkey: authenticator.get(options, as) });
}

/** What the trail says that the user, or the service for the user, has done. */
export async function eventsOf(instance: TestInstance, { id }: Person) {
  const { data } = await instance.clients.audit.queryAuditEvents({
    query: { filters: { resource_id: { values: [id] } } },
  });
  return data;
}
