import { inWords } from "../parts/time-text.ts";
import { texts } from "../texts.ts";
import { type AskedFactors, AuthRefusal } from "./auth.ts";

/** What stands in the way of a sign-in. */
export type SignInFault =
  | { readonly kind: "factor-wanted"; readonly asked: AskedFactors }
  /** Of the field that was filled in last: the password, or the code. */
  | { readonly kind: "wrong"; readonly sentence: string }
  | { readonly kind: "other"; readonly sentence: string };

export function faultOf(error: unknown): SignInFault {
  if (!(error instanceof AuthRefusal)) {
    return { kind: "other", sentence: texts.failures.unreachable };
  }
  switch (error.reason) {
    case "SECOND_FACTOR_REQUIRED":
      return { kind: "factor-wanted", asked: error.asked };
    case "SECOND_FACTOR_INVALID":
      return { kind: "wrong", sentence: texts.signIn.codeWrong };
    case "CREDENTIALS_INVALID":
      return { kind: "wrong", sentence: texts.signIn.wrong };
    default:
      return { kind: "other", sentence: refusalSentence(error) };
  }
}

/** What came of a sign-in at the provider. No text of an address is shown. */
export function providerSentence(reason: string): string {
  const { providerFailures, providerFailed } = texts.signIn;
  return (Object.hasOwn(providerFailures, reason) && providerFailures[reason]) || providerFailed;
}

/** For whoever was refused, in the words of the service where there are none here. */
export function refusalSentence({ status, retryAfterSeconds, fields, message }: AuthRefusal): string {
  if (status === 429) {
    return texts.signIn.throttled(retryAfterSeconds === undefined ? texts.when.soon : inWords(retryAfterSeconds));
  }
  return Object.values(fields)[0] ?? (message || texts.failures.unexpected(undefined));
}
