import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { AuditService } from "../domain/audit/service.js";
import type { OidcSettings } from "../domain/identity/model.js";
import { identityRepo } from "../domain/identity/repo.js";
import { IdentityService } from "../domain/identity/service.js";
import type { PageTokens } from "../domain/listing/page-token.js";
import type { SharedSecrets } from "../domain/master_key/shared-secrets.js";
import { DatabaseBusyError } from "../domain/overload/errors.js";
import { passkeyRepo } from "../domain/passkey/repo.js";
import { PasskeyService } from "../domain/passkey/service.js";
import { PasswordService } from "../domain/password/service.js";
import type { ProjectService } from "../domain/project/service.js";
import type { PropagationService } from "../domain/propagation/service.js";
import { secondFactorRepo } from "../domain/second_factor/repo.js";
import { SecondFactorService } from "../domain/second_factor/service.js";
import type { SessionService } from "../domain/session/service.js";
import { Attempts } from "../domain/user/attempts.js";
import { Devices } from "../domain/user/devices.js";
import { userRepo } from "../domain/user/repo.js";
import { AuthenticatorService } from "../domain/user/service/authenticator.js";
import { UserPasskeyService } from "../domain/user/service/passkeys.js";
import { ProviderSignInService } from "../domain/user/service/provider-sign-in.js";
import { RegistrationService } from "../domain/user/service/registration.js";
import { SignInService } from "../domain/user/service/sign-in.js";
import { UserService } from "../domain/user/service.js";
import type { Statements } from "../domain/user/statements.js";
import { ConcurrencyLimiter } from "../platform/concurrency-limiter.js";
import { LogSample } from "../platform/log-sample.js";
import type { Database } from "../platform/postgres/database.js";
import type { PublicUrl } from "../platform/public-url.js";

/** The services of those who sign in: who they are, and how they prove it. */
export interface People {
  readonly users: UserService;
  readonly registration: RegistrationService;
  readonly signIn: SignInService;
  readonly authenticators: AuthenticatorService;
  readonly passkeys: PasskeyService;
  readonly userPasskeys: UserPasskeyService;
  /** Undefined: there is no provider to sign in at. */
  readonly providerSignIn: ProviderSignInService | undefined;
}

export interface PeopleOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Pick<SharedSecrets, "deviceKey" | "flowKey" | "totpKey" | "passkeyKey">;
  readonly audit: AuditService;
  readonly projects: ProjectService;
  readonly sessions: SessionService;
  readonly pageTokens: PageTokens;
  readonly propagation: PropagationService;
  readonly publicUrl: PublicUrl;
  /** The connections that changes share. */
  readonly changes: ConcurrencyLimiter;
  /** How many of them those who sign in may have at once. */
  readonly maxSignIns: number;
  /** Whether anybody may register. */
  readonly registrationIsOpen: boolean;
  /** Undefined: there is no provider to sign in at. */
  readonly oidc: OidcSettings | undefined;
  /** Undefined: nothing is logged, as in a command. */
  readonly logger: Logger | undefined;
}

/** Puts the domains of people together. */
export function createPeople({
  db,
  secrets,
  audit,
  projects,
  sessions,
  pageTokens,
  propagation,
  publicUrl,
  changes,
  maxSignIns,
  registrationIsOpen,
  oidc,
  logger,
}: PeopleOptions): People {
  const signIns = new ConcurrencyLimiter({ max: maxSignIns, overloaded: () => new DatabaseBusyError() });
  const statements: Statements = { run: (task) => signIns.run(() => changes.run(task, "sign-ins")) };
  const users = new UserService({
    db,
    store: userRepo,
    audit,
    projects,
    sessions,
    pageTokens,
    propagation,
    publicUrl,
  });
  const passkeys = new PasskeyService({ db, store: passkeyRepo, challengeKey: secrets.passkeyKey, publicUrl });
  const secondFactors = new SecondFactorService({ store: secondFactorRepo, passkeys, totpKey: secrets.totpKey });
  const passwords = new PasswordService();
  const attempts = new Attempts();
  const devices = new Devices(secrets.deviceKey);
  const registration = new RegistrationService({
    db,
    store: userRepo,
    users,
    passwords,
    attempts,
    registrationIsOpen,
    statements,
  });
  const signIn = new SignInService({
    db,
    store: userRepo,
    users,
    sessions,
    passwords,
    secondFactors,
    propagation,
    attempts,
    devices,
    statements,
  });
  const ofFactors = { db, store: userRepo, users, sessions, signIn, secondFactors, statements };
  const authenticators = new AuthenticatorService(ofFactors);
  const userPasskeys = new UserPasskeyService({ ...ofFactors, passkeys });
  // Whoever comes back from there chooses what is wrong.
  const faults = new LogSample((fault) => logger?.warn(fault, "the provider of sign-ins did not answer as it should"));
  const providerSignIn =
    oidc &&
    new ProviderSignInService({
      db,
      store: userRepo,
      users,
      sessions,
      identities: new IdentityService({
        store: identityRepo,
        settings: oidc,
        publicUrl,
        flowKey: secrets.flowKey,
        onFault: (fault) => faults.add(fault.code, { ...fault }),
      }),
      devices,
      statements,
    });
  return { users, registration, signIn, authenticators, passkeys, userPasskeys, providerSignIn };
}
