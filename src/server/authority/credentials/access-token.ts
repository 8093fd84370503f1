import { bearerShape } from "../../../domain/principal/credential-shape.js";
import type { SessionService } from "../../../domain/session/service.js";
import { bearerToken } from "../bearer-token.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <access token of a user>` */
export function accessToken(sessions: SessionService): CredentialResolver {
  return {
    find({ headers }) {
      const token = bearerToken(headers.get("authorization"));
      return token !== undefined && bearerShape(token) === "access_token" ? token : undefined;
    },
    resolve: async (token) => sessions.rememberedAccessToken(token) ?? (await sessions.authenticateAccessToken(token)),
  };
}
