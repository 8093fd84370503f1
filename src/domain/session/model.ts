import type { OperatorPrincipal } from "../principal/model.js";
import type { User, UserGrant } from "../user/model.js";

/** How a session is carried: by a browser's cookie, or by tokens alone. */
export const sessionKindNumbers = { cookie: 1, tokens: 2 } as const;
export type SessionKind = keyof typeof sessionKindNumbers;

const hourMs = 60 * 60_000;

/** For how long a session lasts, and how long it may lie unused, in milliseconds. */
export const sessionLifetimes: Readonly<Record<SessionKind, { readonly absolute: number; readonly idle: number }>> = {
  cookie: { absolute: 24 * hourMs, idle: 8 * hourMs },
  // As long as each refresh token lasts, and at most a month of them.
  tokens: { absolute: 30 * 24 * hourMs, idle: 7 * 24 * hourMs },
};

/** How long an access token is good, in seconds, and a refresh token, in milliseconds. */
export const accessTokenSeconds = 900;
export const refreshTokenMs = 7 * 24 * hourMs;

/** How many sessions a user has at most: one more ends the one that was used longest ago. */
export const maxSessionsOfUser = 100;
/** How many refresh tokens of a session are good at once: one more ends the oldest. */
export const maxGoodRefreshTokens = 20;
/**
 * How many that were used are kept of a session. A thief could hide behind many: nothing but its end forgets one. With access tokens of
 * a quarter of an hour it takes 672 in the seven days of a refresh token.
 */
export const maxUsedRefreshTokens = 1_000;

/** What the secrets start with that stand for sessions. */
export const sessionPrefix = "alt_session_";
export const refreshPrefix = "alt_refresh_";

/** Whose a session is, as it is remembered. */
export interface SessionUser extends UserGrant, Pick<User, "id" | "publicId"> {
  readonly disabled: boolean;
}

/** What is remembered of a session: all that a check needs. */
export interface SessionRecord {
  readonly id: bigint;
  readonly publicId: string;
  readonly user: SessionUser;
  readonly kind: SessionKind;
  readonly lastUsedAt: Date;
  readonly idleMs: number;
  readonly expiresAt: Date;
  /** What to add to this process's monotonic clock, in milliseconds, to have the database's. */
  readonly clockOffsetMs: number;
}

/** What a user sees of a session. */
export interface ListedSession {
  readonly publicId: string;
  readonly kind: SessionKind;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

/** Where a session is begun. */
export interface SessionOrigin {
  readonly clientAddress: string;
  readonly userAgent: string;
}

/** Whoever calls with a session. */
export interface UserPrincipal extends OperatorPrincipal {
  readonly kind: "user";
  /** Public ids. */
  readonly sessionId: string;
  readonly userId: string;
}

export function actorOfUser({ publicId }: Pick<User, "publicId">): string {
  return `user:${publicId}`;
}

/** Whether a session is over by its own times. */
export function isOver({ expiresAt, lastUsedAt, idleMs, clockOffsetMs, user }: SessionRecord): boolean {
  const now = performance.now() + clockOffsetMs;
  return user.disabled || expiresAt.getTime() <= now || lastUsedAt.getTime() + idleMs <= now;
}
