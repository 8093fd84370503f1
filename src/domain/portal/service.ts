import type { Kysely } from "kysely";
import { coalesce } from "../../platform/coalesce.js";
import type { Database } from "../../platform/postgres/database.js";
import { atOnce, type StepRunner } from "../../platform/steps.js";
import { digestOf } from "../api_key/secret-format.js";
import type { AuditService } from "../audit/service.js";
import type { Author } from "../caller.js";
import { InvalidFieldError } from "../domain-error.js";
import { DatabaseBusyError } from "../overload/errors.js";
import { OwnerCredentialInvalidError } from "../principal/errors.js";
import { actorOfOwner, type OwnerPrincipal, ownerPrincipal } from "../principal/model.js";
import type { Project } from "../project/model.js";
import type { ProjectService } from "../project/service.js";
import { PublicUrlMissingError } from "../public_url/errors.js";
import { TooManyFailuresError } from "../root_key/errors.js";
import { FailedAuthentications } from "../root_key/failures.js";
import { PortalCodeInvalidError } from "./errors.js";
import type { PortalStore, TokenPlace } from "./interface.js";
import {
  newCode,
  newToken,
  type OpenedPortalSession,
  type PortalSession,
  type PortalSessionRequest,
  readCode,
  readToken,
} from "./model.js";

const purgeBatch = 1000;
/** How many tokens one statement looks up. */
const maxLookedUp = 64;
/** How long a call waits for that, in milliseconds. */
const lookUpMs = 5_000;

export interface PortalServiceDependencies {
  readonly db: Kysely<Database>;
  readonly store: PortalStore;
  readonly audit: AuditService;
  readonly projects: ProjectService;
  /** The URL by which people reach Altalune, without a slash at its end; undefined: that is not known. */
  readonly publicUrl: () => string | undefined;
}

/** Sessions in which owners manage their own keys. They are asked of the database at each call, so that one that was ended is over. */
export class PortalService {
  readonly #db: Kysely<Database>;
  readonly #store: PortalStore;
  readonly #audit: AuditService;
  readonly #projects: ProjectService;
  readonly #publicUrl: () => string | undefined;
  readonly #failures = new FailedAuthentications();
  /** One statement at a time for tokens that were made up and for good ones: nobody takes connections by guessing. */
  readonly #findSession: (place: TokenPlace) => Promise<PortalSession | undefined>;

  constructor({ db, store, audit, projects, publicUrl }: PortalServiceDependencies) {
    this.#db = db;
    this.#store = store;
    this.#audit = audit;
    this.#projects = projects;
    this.#publicUrl = publicUrl;
    this.#findSession = coalesce<TokenPlace, PortalSession | undefined>(
      async (places) => (await store.findByTokens(db, places)) as (PortalSession | undefined)[],
      { maxBatch: maxLookedUp, concurrency: 1, patience: { ms: lookUpMs, late: () => new DatabaseBusyError() } },
    );
  }

  /**
   * @returns where the owner is sent, and until when the session lasts
   * @throws InvalidFieldError when the owner would be led back to where the project has no pages
   * @throws PublicUrlMissingError
   */
  async create(
    caller: Author,
    project: Project,
    request: PortalSessionRequest,
  ): Promise<{ readonly url: string; readonly expiresAt: Date }> {
    const publicUrl = this.#publicUrl();
    if (publicUrl === undefined) {
      throw new PublicUrlMissingError();
    }
    const returnUrl = checkedReturnUrl(project, request.returnUrl);
    const code = newCode(project.publicId);
    const expiresAt = await this.#db.transaction().execute(async (tx) => {
      const session = {
        ...request,
        returnUrl: returnUrl?.href ?? "",
        projectId: project.id,
        codeDigest: digestOf(code),
      };
      const end = await this.#store.insert(tx, session);
      await this.#audit.record(tx, caller, project, "portal_session.created", request.ownerId, {
        permissions: request.permissions,
        expires_at: end.toISOString(),
        // What may stand behind it is the project's own business.
        return_url: returnUrl && returnUrl.origin + returnUrl.pathname,
      });
      return end;
    });
    return { url: `${publicUrl}/portal/${project.publicId}#code=${code}`, expiresAt };
  }

  /**
   * Exchanges a code for a token.
   *
   * @param admit throws where whoever asks may not do so for the project that the code names
   * @throws PortalCodeInvalidError
   * @throws TooManyFailuresError
   */
  async exchange(
    from: Omit<Author, "actor">,
    code: string,
    admit: (project: Project) => void,
  ): Promise<OpenedPortalSession> {
    const { clientAddress } = from;
    // A code is looked for by a transaction, and nobody comes with one again and again.
    const secondsBlocked = this.#failures.secondsBlocked(clientAddress, Date.now());
    if (secondsBlocked > 0) {
      throw new TooManyFailuresError(secondsBlocked);
    }
    return this.#failures.hear(
      clientAddress,
      () => this.#exchanged(from, code, admit),
      () => new PortalCodeInvalidError(),
    );
  }

  async #exchanged(
    from: Omit<Author, "actor">,
    code: string,
    admit: (project: Project) => void,
  ): Promise<OpenedPortalSession | undefined> {
    const presented = readCode(code);
    const project = presented && (await this.#projects.named(presented.projectPublicId));
    if (presented === undefined || project === undefined) {
      return undefined;
    }
    admit(project);
    const token = newToken(project.publicId);
    return this.#db.transaction().execute(async (tx) => {
      const session = await this.#store.exchange(tx, project.id, presented.digest, digestOf(token));
      if (session === undefined) {
        return undefined;
      }
      const owner = { ...from, actor: actorOfOwner(session.ownerId) };
      const detail = { expires_at: session.expiresAt.toISOString() };
      await this.#audit.record(tx, owner, project, "portal_session.opened", session.ownerId, detail);
      return { ...session, project, token };
    });
  }

  /**
   * Who holds a token. One that is good is heard also when its address has failed too often, which others may have done there.
   *
   * @throws OwnerCredentialInvalidError
   * @throws TooManyFailuresError
   */
  async ownerOf(token: string, from: Omit<Author, "actor">): Promise<OwnerPrincipal> {
    return this.#failures.hear(
      from.clientAddress,
      () => this.#ownerOf(token),
      () => new OwnerCredentialInvalidError(),
    );
  }

  async #ownerOf(token: string): Promise<OwnerPrincipal | undefined> {
    const presented = readToken(token);
    const project = presented && (await this.#projects.named(presented.projectPublicId));
    const session = project && (await this.#findSession({ projectId: project.id, digest: presented.digest }));
    return session && ownerPrincipal({ ...session, project, permissions: new Set(session.permissions) });
  }

  /** Ends all sessions of an owner. @returns how many */
  async end(caller: Author, project: Project, ownerId: string): Promise<number> {
    return this.#db.transaction().execute(async (tx) => {
      const ended = await this.#store.end(tx, project.id, ownerId);
      if (ended > 0) {
        await this.#audit.record(tx, caller, project, "portal_session.ended", ownerId, { sessions: ended });
      }
      return ended;
    });
  }

  /** Forgets the sessions that are over, a batch at a time. */
  async purge(run: StepRunner = atOnce): Promise<void> {
    while ((await run(() => this.#store.deleteSome(this.#db, purgeBatch))) === purgeBatch);
  }
}

/** @returns undefined: none is wanted @throws InvalidFieldError */
function checkedReturnUrl({ ownerAccess }: Project, returnUrl: string): URL | undefined {
  if (returnUrl === "") {
    return undefined;
  }
  const url = URL.canParse(returnUrl) ? new URL(returnUrl) : undefined;
  // A blob's URL has the origin of the page that made it, and a user in a URL may look like a host.
  const isPage = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (!isPage || ownerAccess?.origins.includes(url.origin) !== true) {
    throw new InvalidFieldError("return_url", "must be at one of the origins of the project's owner_access");
  }
  return url;
}
