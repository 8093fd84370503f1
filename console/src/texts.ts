/** Every text of the console that is not somebody's own. */
export const texts = {
  name: "Altalune",
  title: (page: string) => `${page} · Altalune`,
  loading: "Loading",
  tryAgain: "Try again",
  close: "Close",
  cancel: "Cancel",
  failures: {
    unreachable: "Altalune does not answer. Check that it runs and that you are online, then try again.",
    unexpected: (requestId: string | undefined) =>
      requestId === undefined
        ? "Something went wrong. Try again."
        : `Something went wrong. Try again; if it stays so, the log says why under request ${requestId}.`,
    broken: "This page broke. Load it again; what was saved is saved.",
    reload: "Load again",
  },

  signIn: {
    title: "Sign in",
    login: "Username or email",
    password: "Password",
    submit: "Sign in",
    ended: "Your session has ended. Sign in, and you are back where you were.",
    missing: { login: "Enter your username or email.", password: "Enter your password.", code: "Enter a code." },
    wrong: "That is not the password of this user, or there is no such user.",
    throttled: (when: string) => `Too many attempts. Try again ${when}.`,
    code: "Code",
    codeHint: "Six digits from your authenticator, or one of your recovery codes.",
    codeTitle: "Second step",
    codeIntro: (login: string) => `The password of ${login} is right. One code more.`,
    codeWrong: "This code is not good, or was used before. Wait for the next one.",
    submitCode: "Confirm",
    otherUser: "Sign in as somebody else",
    or: "or",
    provider: "Sign in at your provider",
    /** What came of a sign-in at a provider, by the reason of the refusal. */
    providerFailures: {
      OIDC_ACCOUNT_EXISTS:
        "There is an account with this address already. Sign in with its password, or have it deleted and be invited again.",
      OIDC_ANSWER_INVALID: "The provider's answer does not hold. Try again; if it stays so, the log says why.",
      OIDC_EMAIL_UNVERIFIED:
        "The provider does not say that your address is yours. Have it verified there, then try again.",
      OIDC_FLOW_INVALID: "This sign-in took longer than 10 minutes, or began in another browser. Begin again here.",
      OIDC_PROVIDER_UNAVAILABLE: "The provider does not answer. Try again in a while.",
      OIDC_ROLE_UNKNOWN: "The provider names no role for you here. Ask whoever runs Altalune.",
      INVITATION_REQUIRED: "You need an invitation. Ask whoever runs Altalune for one.",
      INVITATION_INVALID: "This invitation was used, or is too old. Ask for another.",
      OIDC_SIGN_IN_REFUSED: "The provider has not let you in, or you stopped there. Begin again when you like.",
      USER_DISABLED: "This user is disabled. Ask whoever runs Altalune.",
    } as Readonly<Record<string, string>>,
    providerFailed: "The sign-in at the provider did not work. Try again.",
  },

  when: {
    soon: "in a moment",
    inSeconds: (seconds: number, at: string) => `in ${seconds} seconds, at ${at}`,
    inMinutes: (minutes: number, at: string) => `in ${minutes} minutes, at ${at}`,
  },
} as const;
