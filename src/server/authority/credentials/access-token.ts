import type { SessionService } from "../../../domain/session/service.js";
import { findBearer } from "./bearer.js";
import type { CredentialResolver } from "./resolver.js";

/** `Authorization: Bearer <access token of a user>` */
export function accessToken(sessions: SessionService): CredentialResolver {
  return {
    find: findBearer("access_token"),
    resolve: async (token) => sessions.rememberedAccessToken(token) ?? (await sessions.authenticateAccessToken(token)),
  };
}
