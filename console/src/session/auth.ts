import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";

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

/** What is asked for beside a password that is right. */
export interface AskedFactors {
  /** `totp`, `passkey`. */
  readonly factors: readonly string[];
  /** What a passkey is to answer, as WebAuthn has it in JSON; good once. Undefined: there is none. */
  readonly passkeyOptions: PublicKeyCredentialRequestOptionsJSON | undefined;
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
    readonly asked: AskedFactors,
  ) {
    super(sentence);
  }
}

export function me(): Promise<SignedInUser> {
  return askAuth("GET", "me");
}

export interface Credentials {
  /** A username, or an email address. */
  readonly login: string;
  readonly password: string;
  /** Undefined: none was asked for yet. */
  readonly code?: string | undefined;
  /** What the browser gave for a passkey, in the place of a code. */
  readonly passkey?: unknown;
}

export function signIn({ login, password, code, passkey }: Credentials): Promise<SignedInUser> {
  const who = login.includes("@") ? { email: login } : { username: login };
  const proof = { ...(code !== undefined && { totp_code: code }), ...(passkey !== undefined && { passkey }) };
  return askAuth("POST", "login", { ...who, password, ...proof });
}

export function signOut(): Promise<void> {
  return askAuth("POST", "logout");
}

/** Whether people may sign in at a provider. */
export async function hasProvider(): Promise<boolean> {
  const { enabled } = await askAuth<{ readonly enabled: boolean }>("GET", "oidc");
  return enabled;
}

/**
 * Begins a sign-in at the provider that ends at this page. @returns where the browser is to go
 *
 * @throws {AuthRefusal} @throws {TypeError}
 */
export async function beginAtProvider(): Promise<string> {
  const begin = (body: object) => askAuth<{ readonly authorization_url: string }>("POST", "oidc/login", body);
  const begun = begin({ return_to: location.pathname + location.search }).catch((error: unknown) => {
    // An address that was written by hand may be none to come back to.
    if (error instanceof AuthRefusal && error.fields["return_to"] !== undefined) {
      return begin({});
    }
    throw error;
  });
  return (await begun).authorization_url;
}

/** Calls a route below /api/auth. @throws {AuthRefusal} @throws {TypeError} when nobody answers */
export async function askAuth<Answer>(
  method: "GET" | "POST" | "PUT" | "DELETE",
  route: string,
  body?: unknown,
): Promise<Answer> {
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
    { factors: answer.second_factors ?? [], passkeyOptions: answer.passkey_options },
  );
}
