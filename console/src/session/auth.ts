/** Who is signed in, as /api/auth says it. */
export interface SignedInUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly display_name: string;
  readonly roles: readonly string[];
  /** What the user may ask for; `*` is everything. */
  readonly scopes: readonly string[];
  readonly all_projects: boolean;
}

/** A refusal by /api/auth. */
export class AuthRefusal extends Error {
  override readonly name = "AuthRefusal";

  constructor(
    readonly status: number,
    /** A word in capitals; empty: none was given. */
    readonly reason: string,
    sentence: string,
    /** What each field that is at fault must be. */
    readonly fields: Readonly<Record<string, string>>,
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(sentence);
  }
}

export function me(): Promise<SignedInUser> {
  return ask("GET", "me");
}

export interface Credentials {
  /** A username, or an email address. */
  readonly login: string;
  readonly password: string;
  /** Undefined: none was asked for yet. */
  readonly code?: string | undefined;
}

export function signIn({ login, password, code }: Credentials): Promise<SignedInUser> {
  const who = login.includes("@") ? { email: login } : { username: login };
  return ask("POST", "login", { ...who, password, ...(code === undefined ? {} : { totp_code: code }) });
}

export function signOut(): Promise<void> {
  return ask("POST", "logout");
}

/** Whether people may sign in at a provider. */
export async function hasProvider(): Promise<boolean> {
  const { enabled } = await ask<{ readonly enabled: boolean }>("GET", "oidc");
  return enabled;
}

/** A link: the server leads on to the provider. */
export const providerSignInUrl = "/api/auth/oidc/login";

/** @throws {AuthRefusal} @throws {TypeError} when nobody answers */
async function ask<Answer>(method: "GET" | "POST", route: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`/api/auth/${route}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const answer = response.status === 204 ? undefined : await response.json().catch(() => ({}));
  if (response.ok) {
    return answer;
  }
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  throw new AuthRefusal(
    response.status,
    answer.error ?? "",
    answer.message ?? "",
    answer.fields ?? {},
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}
