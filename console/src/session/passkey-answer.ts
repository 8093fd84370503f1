import { type AskedFactors, AuthRefusal, type Credentials, signIn } from "./auth.ts";

/**
 * What a passkey of the user's answers, to be signed in by. The library comes when it is first wanted.
 *
 * @param options undefined: they were used, and others are asked for
 * @returns undefined: the browser or its user did not let it
 * @throws {AuthRefusal} @throws {TypeError}
 */
export async function passkeyAnswer(
  credentials: Credentials,
  options: AskedFactors["passkeyOptions"],
): Promise<unknown> {
  const { startAuthentication } = await import("@simplewebauthn/browser");
  const optionsJSON = options ?? (await freshOptions(credentials));
  if (optionsJSON === undefined) {
    return undefined;
  }
  try {
    return await startAuthentication({ optionsJSON });
  } catch {
    return undefined;
  }
}

/** The password alone is refused with them. */
async function freshOptions({ login, password }: Credentials): Promise<AskedFactors["passkeyOptions"]> {
  try {
    await signIn({ login, password });
  } catch (error) {
    if (error instanceof AuthRefusal && error.reason === "SECOND_FACTOR_REQUIRED") {
      return error.asked.passkeyOptions;
    }
    throw error;
  }
  return undefined;
}
