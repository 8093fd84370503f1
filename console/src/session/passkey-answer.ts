import { type AskedFactors, AuthRefusal, type Credentials, type SignedInUser, signIn } from "./auth.ts";

type Options = NonNullable<AskedFactors["passkeyOptions"]>;

export type PasskeyAnswer =
  /** To be signed in by. */
  | { readonly kind: "shown"; readonly passkey: unknown }
  /** The browser or its user did not let it. */
  | { readonly kind: "none" }
  /** No second factor is asked for any more: the password alone signed in. */
  | { readonly kind: "not-needed"; readonly user: SignedInUser };

/**
 * What a passkey of the user's answers. The library comes when it is first wanted.
 *
 * @param options undefined: they were used, and others are asked for
 * @throws {AuthRefusal} @throws {TypeError}
 */
export async function passkeyAnswer(
  credentials: Credentials,
  options: AskedFactors["passkeyOptions"],
): Promise<PasskeyAnswer> {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  const asked = options === undefined ? await signInOrOptions(credentials) : { options };
  if ("user" in asked) {
    return { kind: "not-needed", user: asked.user };
  }
  if (asked.options === undefined) {
    return { kind: "none" };
  }
  try {
    return { kind: "shown", passkey: await startAuthentication({ optionsJSON: asked.options }) };
  } catch {
    return { kind: "none" };
  }
}

/** The password alone is refused with options, as long as a second factor is wanted. */
async function signInOrOptions({
  login,
  password,
}: Credentials): Promise<{ readonly user: SignedInUser } | { readonly options: Options | undefined }> {
  try {
    return { user: await signIn({ login, password }) };
  } catch (error) {
    if (error instanceof AuthRefusal && error.reason === "SECOND_FACTOR_REQUIRED") {
      return { options: error.asked.passkeyOptions };
    }
    throw error;
  }
}
