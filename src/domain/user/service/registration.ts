import type { Kysely } from "kysely";
import { addressBucket } from "../../../platform/address-bucket.js";
import { newPublicId } from "../../../platform/ids.js";
import type { Database, Executor } from "../../../platform/postgres/database.js";
import { digestOf, hasSecretShape, hasValidChecksum } from "../../api_key/secret-format.js";
import type { PasswordService } from "../../password/service.js";
import type { Attempts } from "../attempts.js";
import { InvitationInvalidError, RegistrationClosedError } from "../errors.js";
import type { Invitation, UserStore } from "../interface.js";
import { emailOf, invitationPrefix, setupPrefix, strangersGrant, type User } from "../model.js";
import type { UserService } from "../service.js";
import type { Statements } from "../statements.js";
import { authorOf, type Visitor } from "../visitor.js";

export interface Registration {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  /** A code of an invitation or a set-up link; undefined: none. */
  readonly invitation: string | undefined;
}

export interface RegistrationServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: UserStore;
  readonly users: UserService;
  readonly passwords: PasswordService;
  readonly attempts: Attempts;
  /** Whether anybody may register, as a viewer of nothing. */
  readonly registrationIsOpen: boolean;
  readonly statements: Statements;
}

/** How people become users, who choose a password. */
export class RegistrationService {
  readonly #of: RegistrationServiceDependencies;

  constructor(dependencies: RegistrationServiceDependencies) {
    this.#of = dependencies;
  }

  /**
   * Makes a user of whoever was invited, or of anybody where registration is open.
   *
   * @throws InvalidFieldError
   * @throws RegistrationClosedError
   * @throws TooManyRegistrationsError
   * @throws InvitationInvalidError
   * @throws UsernameTakenError
   * @throws UserEmailTakenError
   */
  async register({ username, email, password, invitation }: Registration, visitor: Visitor): Promise<User> {
    const { db, store, users, passwords, attempts, registrationIsOpen, statements } = this.#of;
    const address = emailOf(email);
    // Before a password is hashed: who has no invitation makes no work.
    if (invitation === undefined) {
      if (!registrationIsOpen) {
        throw new RegistrationClosedError();
      }
      attempts.countRegistration(visitor.clientAddress);
    } else if (isInvitation(invitation)) {
      const find = () => statements.run(() => store.findInvitation(db, digestOf(invitation)));
      requireFor(address, await attempts.asking(visitor.clientAddress, find));
    } else {
      throw new InvitationInvalidError();
    }
    const standing = invitation === undefined ? "stranger" : "known";
    await passwords.requireGood(password, "password", [username, ...address.split("@")], standing);
    const passwordHash = await passwords.hash(password, standing);
    const write = async (tx: Executor): Promise<User> => {
      const settings = { username, email: address, displayName: "", disabled: false };
      if (invitation !== undefined) {
        // Before the invitation, as those do who invite again or delete: nobody changes the user until this is over.
        await store.lockByEmail(tx, address);
      }
      const invited = invitation === undefined ? undefined : await store.takeInvitation(tx, digestOf(invitation));
      if (invitation !== undefined) {
        requireFor(address, invited);
      }
      const grant = invitation === undefined ? strangersGrant : ownersGrant;
      const user =
        invited?.user === undefined
          ? await store.insert(tx, newPublicId(), { ...settings, ...grant }, passwordHash, invitation === undefined)
          : await store.complete(tx, invited.user.id, username, passwordHash);
      await store.noteAddress(tx, user.id, addressBucket(visitor.clientAddress));
      const author = authorOf(user, visitor);
      await users.record(tx, author, "user.registered", user, { username, email: address, role: user.role });
      return user;
    };
    return statements.run(() => db.transaction().execute(write));
  }
}

/** Whoever sets the service up. */
export const ownersGrant = { role: "owner", projectIds: [], allProjects: true } as const;

/** @throws InvitationInvalidError when there is none, or it is another's */
export function requireFor(email: string, invitation: Invitation | undefined): void {
  if (invitation === undefined || (invitation.user !== undefined && invitation.user.email !== email)) {
    throw new InvitationInvalidError();
  }
}

/** Whether a text was handed out as a code by us, by its looks: most that is made up was not. */
function isInvitation(text: string): boolean {
  return (
    [invitationPrefix, setupPrefix].some((prefix) => text.startsWith(prefix)) &&
    hasSecretShape(text) &&
    hasValidChecksum(text)
  );
}
