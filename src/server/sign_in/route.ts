import type { UserPrincipal } from "../../domain/session/model.js";
import type { AuthenticatorService } from "../../domain/user/service/authenticator.js";
import type { UserPasskeyService } from "../../domain/user/service/passkeys.js";
import type { ProviderSignInService } from "../../domain/user/service/provider-sign-in.js";
import type { RegistrationService } from "../../domain/user/service/registration.js";
import type { SignInService } from "../../domain/user/service/sign-in.js";
import type { Visitor } from "../../domain/user/visitor.js";
import type { PageHeaders } from "../authority/own-page.js";
import type { VisitBy, VisitServices } from "./visit.js";

/** What a route is given of a request. */
export interface Visit {
  readonly visitor: Visitor;
  readonly page: PageHeaders;
  readonly hasCredential: boolean;
  /** The user; refuses who is none. */
  user(by?: VisitBy): Promise<UserPrincipal>;
  /** Whether a body follows. */
  readonly hasBody: boolean;
  body(): Promise<Uint8Array>;
  /** As it stands behind the `?`; empty: nothing. */
  readonly query: string;
  /** A sign-in that the browser has under way at a provider, sealed. */
  readonly flow: string | undefined;
  /** What the path names; empty: nothing. */
  readonly id: string;
}

/** What comes of it. */
export interface AuthAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly cookies?: readonly string[];
  /** Where the browser goes on. */
  readonly location?: string;
}

export interface AuthServices extends VisitServices {
  readonly registration: RegistrationService;
  readonly signIn: SignInService;
  readonly authenticators: AuthenticatorService;
  readonly userPasskeys: UserPasskeyService;
  /** Undefined: there is no provider. */
  readonly providerSignIn: ProviderSignInService | undefined;
}

export type Serve = (visit: Visit, services: AuthServices) => Promise<AuthAnswer>;

/** Routes by their paths and methods. A table that satisfies it keeps its own type, which what is told of each route must complete. */
export type RouteTable = Readonly<Record<string, Readonly<Record<string, Serve>>>>;
