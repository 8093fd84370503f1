import { passwordAloneBody } from "../../src/server/sign_in/bodies.js";
import type { BodyDoc } from "./route.js";

/** The password of whoever is in the examples; tests put somebody real in the place. */
export const samplePassword = "wintry-orchard-41-lamp";

/** Why a password is not taken. */
export const wrongPassword = ["CREDENTIALS_INVALID", "TOO_MANY_FAILED_LOGINS", "SIGN_IN_BUSY"];

/** What is asked anew of who has signed in. */
export const passwordAgain: BodyDoc = {
  name: "PasswordAgain",
  schema: passwordAloneBody,
  example: { password: samplePassword },
};
