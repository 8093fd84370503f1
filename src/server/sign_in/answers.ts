import type { Passkey } from "../../domain/passkey/model.js";
import type { ListedSession } from "../../domain/session/model.js";
import type { IssuedTokens } from "../../domain/session/service.js";
import { scopesOfGrant, type User } from "../../domain/user/model.js";
import type { AddedPasskey } from "../../domain/user/service/passkeys.js";

/** Of a user, to the user. */
export function userAnswer(user: User) {
  return {
    id: user.publicId,
    username: user.username,
    email: user.email,
    display_name: user.displayName,
    roles: [user.role],
    project_ids: user.projectIds,
    all_projects: user.allProjects || user.role === "owner",
    scopes: scopesOfGrant(user),
    created_at: user.createdAt.toISOString(),
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
  };
}

export function sessionAnswer(session: ListedSession, current: string) {
  return {
    id: session.publicId,
    kind: session.kind,
    current: session.publicId === current,
    source_ip: session.sourceIp,
    user_agent: session.userAgent,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
  };
}

export function passkeyAnswer({ publicId, name, createdAt, lastUsedAt }: Passkey) {
  return {
    id: publicId,
    name,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}

export function addedPasskeyAnswer({ passkey, recoveryCodes }: AddedPasskey) {
  return { ...passkeyAnswer(passkey), recovery_codes: recoveryCodes };
}

export function tokensAnswer({ accessToken, expiresIn, refreshToken }: IssuedTokens) {
  return { access_token: accessToken, token_type: "Bearer", expires_in: expiresIn, refresh_token: refreshToken };
}
