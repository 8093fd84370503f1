import { totpCodeBody } from "../../src/server/sign_in/bodies.js";
import type { totpRoutes } from "../../src/server/sign_in/totp-routes.js";
import { recoveryCodes, totpSetUp, totpState } from "./answers.js";
import { passwordAgain, wrongPassword } from "./password-again.js";
import type { DocsOf } from "./route.js";

const tag = "Authenticators";

export const authenticators: DocsOf<typeof totpRoutes> = {
  "GET /api/auth/totp": {
    operationId: "getAuthenticator",
    tag,
    summary: "Says whether the user has an authenticator, and how many recovery codes are left",
    by: "user",
    answer: { status: 200, description: "How it stands.", body: totpState },
  },
  "POST /api/auth/totp": {
    operationId: "beginAuthenticator",
    tag,
    summary: "Makes a secret for an authenticator",
    description: "It counts once it is confirmed.",
    by: "user",
    body: passwordAgain,
    answer: { status: 200, description: "The secret.", body: totpSetUp },
    denials: ["SECOND_FACTOR_SET", ...wrongPassword],
  },
  "POST /api/auth/totp/confirm": {
    operationId: "confirmAuthenticator",
    tag,
    summary: "Asks for codes from now on",
    description: "The user shows that the authenticator has the secret.",
    by: "user",
    body: { name: "AuthenticatorCode", schema: totpCodeBody, example: { totp_code: "287082" } },
    answer: {
      status: 200,
      description: "What stands for a code where the authenticator is lost.",
      body: recoveryCodes,
    },
    denials: ["SECOND_FACTOR_SET", "SECOND_FACTOR_NOT_BEGUN"],
  },
  "DELETE /api/auth/totp": {
    operationId: "removeAuthenticator",
    tag,
    summary: "Takes the authenticator away",
    description: "The password is enough again.",
    by: "user",
    body: passwordAgain,
    answer: { status: 204, description: "It was done." },
    denials: wrongPassword,
  },
};
