import { passwordAloneBody, readJsonBody, totpCodeBody } from "./bodies.js";
import type { RouteTable } from "./route.js";

/** The routes of authenticators. Whoever has a session alone can neither set one up nor take it away: both take the password. */
export const totpRoutes = {
  "/api/auth/totp": {
    async GET({ user }, { authenticators }) {
      const { isSet, recoveryCodesLeft } = await authenticators.stateOf(await user());
      return { status: 200, body: { enabled: isSet, recovery_codes_left: recoveryCodesLeft } };
    },
    async POST({ user, body, visitor }, { authenticators }) {
      const principal = await user();
      const { password } = readJsonBody(passwordAloneBody, await body());
      const { secret, uri } = await authenticators.begin(principal, password, visitor);
      return { status: 200, body: { secret, otpauth_uri: uri } };
    },
    async DELETE({ user, body, visitor }, { authenticators }) {
      const principal = await user();
      const { password } = readJsonBody(passwordAloneBody, await body());
      await authenticators.remove(principal, password, visitor);
      return { status: 204 };
    },
  },
  "/api/auth/totp/confirm": {
    async POST({ user, body, visitor }, { authenticators }) {
      const principal = await user();
      const { totp_code: code } = readJsonBody(totpCodeBody, await body());
      return { status: 200, body: { recovery_codes: await authenticators.confirm(principal, code, visitor) } };
    },
  },
} as const satisfies RouteTable;
