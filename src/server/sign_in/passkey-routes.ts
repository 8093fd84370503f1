import { addedPasskeyAnswer, passkeyAnswer } from "./answers.js";
import { passwordAloneBody, readJsonBody } from "./bodies.js";
import { addPasskeyBody } from "./passkey-bodies.js";
import type { RouteTable } from "./route.js";

/** The routes of passkeys. Whoever has a session alone can neither add one nor take one away: both take the password. */
export const passkeyRoutes = {
  "/api/auth/passkeys": {
    async GET({ user }, { userPasskeys }) {
      const passkeys = await userPasskeys.list(await user());
      return { status: 200, body: { passkeys: passkeys.map(passkeyAnswer) } };
    },
    async POST({ user, body, visitor }, { userPasskeys }) {
      const principal = await user();
      const { name, response } = readJsonBody(addPasskeyBody, await body());
      return { status: 201, body: addedPasskeyAnswer(await userPasskeys.add(principal, name, response, visitor)) };
    },
  },
  "/api/auth/passkeys/options": {
    async POST({ user, body, visitor }, { userPasskeys }) {
      const principal = await user();
      const { password } = readJsonBody(passwordAloneBody, await body());
      return { status: 200, body: await userPasskeys.begin(principal, password, visitor) };
    },
  },
  "/api/auth/passkeys/{id}": {
    async DELETE({ user, id, body, visitor }, { userPasskeys }) {
      const principal = await user();
      const { password } = readJsonBody(passwordAloneBody, await body());
      await userPasskeys.remove(principal, id, password, visitor);
      return { status: 204 };
    },
  },
} as const satisfies RouteTable;
