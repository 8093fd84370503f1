import type { Author } from "../caller.js";
import { actorOfUser, type SessionOrigin } from "../session/model.js";
import type { OpenedSession } from "../session/service.js";
import type { User } from "./model.js";

/** From where a person calls. */
export interface Visitor extends SessionOrigin {
  readonly requestId: string;
  /** What the browser says of itself, if it was signed in with before. */
  readonly device: string | undefined;
}

/** Who has signed in, and with what the browser goes on. */
export interface SignedIn {
  readonly user: User;
  readonly session: OpenedSession;
  /** What the browser keeps, to be known by. */
  readonly device: string;
}

export function authorOf(user: Pick<User, "publicId">, { clientAddress, requestId }: Visitor): Author {
  return { actor: actorOfUser(user), clientAddress, requestId };
}
