import type { Kysely } from "kysely";
import { expect } from "vitest";
import type { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import type { Database } from "../../../src/platform/postgres/database.js";
import type { TestInstance } from "../../support/instance.js";
import { lockWaits } from "../../support/locks.js";

export const goodPassword = "wintry-orchard-41-lamp";

/** What a route of people who sign in answers. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what tests look into is whatever was answered.
  readonly body: any;
  readonly headers: Headers;
  /** The cookies that it sets, by name, with their attributes. */
  readonly cookies: ReadonlyMap<string, string>;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly cookie?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls such as `ask(instance, "POST /api/auth/login", …)`. Cookies go with the origin of a page of our own. */
export async function ask({ url }: Pick<TestInstance, "url">, line: string, options: AskOptions = {}): Promise<Answer> {
  const [method = "GET", path = "/"] = line.split(" ");
  const { body, cookie, token, headers = {} } = options;
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(cookie !== undefined && { cookie, origin: url }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const set = response.headers.getSetCookie().map((one) => one.split("=", 1)[0] ?? "");
  return {
    status: response.status,
    body: text === "" ? undefined : JSON.parse(text),
    headers: response.headers,
    cookies: new Map(response.headers.getSetCookie().map((one, i) => [set[i] ?? "", one])),
  };
}

let people = 0;

export interface Person {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly id: string;
}

/** Invites a person and registers. */
export async function newPerson(
  instance: TestInstance,
  role: UserRole,
  settings: { readonly projectIds?: string[]; readonly allProjects?: boolean } = {},
): Promise<Person> {
  people += 1;
  const username = `person-${people}-${Date.now()}`;
  const email = `${username}@example.com`;
  const { invitationUrl } = await instance.clients.users.inviteUser({ email, role, ...settings });
  const answer = await register(instance, { username, email, invitation: codeOf(invitationUrl) });
  if (answer.status !== 201) {
    throw new Error(`registration was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return { username, email, password: goodPassword, id: answer.body.id };
}

export async function register(instance: Pick<TestInstance, "url">, body: Readonly<Record<string, unknown>>) {
  return ask(instance, "POST /api/auth/register", {
    body: { password: goodPassword, confirm_password: goodPassword, ...body },
  });
}

export function codeOf(url: string): string {
  return /#code=(\w+)$/.exec(url)?.[1] ?? "";
}

/** Signs in, and returns the cookie that a browser would send from then on. */
export async function signIn(
  instance: Pick<TestInstance, "url">,
  { username, password }: Pick<Person, "username" | "password">,
  options: AskOptions = {},
): Promise<{ readonly cookie: string; readonly device: string; readonly answer: Answer }> {
  const answer = await ask(instance, "POST /api/auth/login", { body: { username, password }, ...options });
  return { cookie: pair(answer, "altalune_session"), device: pair(answer, "altalune_device"), answer };
}

function pair({ cookies }: Answer, name: string): string {
  return cookies.get(name)?.split(";", 1)[0] ?? "";
}

/** Whether a session still works. */
export async function isOpen(instance: Pick<TestInstance, "url">, cookie: string): Promise<boolean> {
  return (await ask(instance, "GET /api/auth/me", { cookie })).status === 200;
}

/** Until somebody in the database waits for a row that another has locked. */
export async function untilOneWaits(db: Kysely<Database>): Promise<void> {
  await expect.poll(() => lockWaits(db)).toBeGreaterThan(0);
}
