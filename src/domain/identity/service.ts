import { randomBytes } from "node:crypto";
import { ConcurrencyLimiter } from "../../platform/concurrency-limiter.js";
import type { Executor } from "../../platform/postgres/database.js";
import type { PublicUrl } from "../../platform/public-url.js";
import { OidcEmailUnverifiedError, OidcFlowInvalidError, OidcProviderUnavailableError } from "./errors.js";
import { type Flow, flowSeconds, SealedFlows } from "./flow.js";
import type { IdentityStore } from "./interface.js";
import {
  type BoundIdentity,
  type IdentityName,
  type OidcSettings,
  type ProvenIdentity,
  roleOfClaim,
  usernameOf,
  verifiedEmail,
} from "./model.js";
import { OidcProvider, type ProviderFault } from "./provider.js";

/** Where a provider sends browsers back to, on this service. */
export const callbackPath = "/api/auth/oidc/callback";

/** How many are asked for at the provider at once; others wait for some seconds. */
const maxAsked = 16;
/** How many of them for one address. */
const maxAskedFor = 4;

export interface IdentityServiceDependencies {
  readonly store: IdentityStore;
  readonly settings: OidcSettings;
  readonly publicUrl: PublicUrl;
  /** 32 bytes that only instances of one database have. */
  readonly flowKey: Buffer;
  readonly onFault: (fault: ProviderFault) => void;
}

/** A sign-in that has begun. */
export interface BegunFlow {
  /** Where the browser goes. */
  readonly url: string;
  /** What it keeps until it comes back. */
  readonly sealed: string;
  readonly lastsSeconds: number;
}

/** Who people are at a provider of OpenID Connect. What comes of that here is the user services'. */
export class IdentityService {
  readonly #of: IdentityServiceDependencies;
  readonly #provider: OidcProvider;
  readonly #flows: SealedFlows;
  /** Anybody can come back with a code that is none, and each is asked for at the provider. */
  readonly #asked = new ConcurrencyLimiter({
    max: maxAsked,
    maxPerActor: maxAskedFor,
    overloaded: () => new OidcProviderUnavailableError(),
  });

  constructor(dependencies: IdentityServiceDependencies) {
    this.#of = dependencies;
    this.#provider = new OidcProvider(dependencies.settings, dependencies.onFault);
    this.#flows = new SealedFlows(dependencies.flowKey);
  }

  /** Whether a claim may bring somebody in who was not invited. */
  get takesRoles(): boolean {
    return this.#of.settings.roleClaim !== undefined;
  }

  /**
   * @param invitation undefined: none
   * @param returnTo a page of our own; undefined: none
   * @throws OidcProviderUnavailableError
   */
  async begin(invitation: string | undefined, returnTo: string | undefined): Promise<BegunFlow> {
    const flow: Flow = {
      state: unguessable(),
      nonce: unguessable(),
      codeVerifier: unguessable(),
      invitation,
      returnTo,
    };
    const url = await this.#provider.signInUrl(flow, this.#backAt().href);
    return { url, sealed: this.#flows.seal(flow), lastsSeconds: flowSeconds };
  }

  /** The page of our own that a sign-in is to end at. @returns undefined: none was asked for, or it was begun too long ago */
  returnOf(sealed: string): string | undefined {
    return this.#flows.open(sealed)?.returnTo;
  }

  /**
   * Who has come back from the provider.
   *
   * @param sealed what the browser kept; undefined: nothing
   * @param query what it brought, as it stands in the address
   * @param from whose address it is
   * @throws OidcFlowInvalidError
   * @throws OidcProviderUnavailableError
   * @throws OidcSignInRefusedError
   * @throws OidcAnswerInvalidError
   * @throws OidcEmailUnverifiedError
   */
  async prove(sealed: string | undefined, query: string, from: string): Promise<ProvenIdentity> {
    const flow = sealed === undefined ? undefined : this.#flows.open(sealed);
    // Before the provider is asked anything: who did not begin here makes no work.
    if (flow === undefined || new URLSearchParams(query).get("state") !== flow.state) {
      throw new OidcFlowInvalidError();
    }
    const backAt = this.#backAt();
    backAt.search = query;
    const claims = await this.#asked.run(() => this.#provider.claims(flow, backAt), from);
    const email = verifiedEmail(claims);
    if (email === undefined) {
      throw new OidcEmailUnverifiedError();
    }
    const { roleClaim } = this.#of.settings;
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email,
      username: usernameOf(claims, email),
      role: roleClaim === undefined ? undefined : roleOfClaim(claims[roleClaim]),
      invitation: flow.invitation,
      returnTo: flow.returnTo,
    };
  }

  /** Whose an identity is; undefined: nobody's yet. */
  async find(db: Executor, name: IdentityName): Promise<BoundIdentity | undefined> {
    return this.#of.store.find(db, name);
  }

  /** Makes an identity a user's. @throws OidcFlowInvalidError when it was made another's meanwhile */
  async bindIn(tx: Executor, name: IdentityName, userId: bigint, isByClaim: boolean): Promise<void> {
    if (!(await this.#of.store.insert(tx, name, userId, isByClaim))) {
      throw new OidcFlowInvalidError();
    }
  }

  #backAt(): URL {
    return new URL(callbackPath, this.#of.publicUrl.base);
  }
}

/** 256 random bits, as long as a verifier of PKCE is to be. */
function unguessable(): string {
  return randomBytes(32).toString("base64url");
}
