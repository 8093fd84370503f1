import type { Configuration, CustomFetch, ServerMetadata } from "openid-client";
import { boundedFetch } from "../../platform/bounded-fetch.js";
import { DomainError } from "../domain-error.js";
import { OidcAnswerInvalidError, OidcProviderUnavailableError, OidcSignInRefusedError } from "./errors.js";
import type { Flow } from "./flow.js";
import type { Claims, IdentityClaims, OidcSettings } from "./model.js";

type Library = typeof import("openid-client");

const answerSeconds = 5;
const maxAnswerBytes = 1024 * 1024;
/** After how long the provider is asked again where its endpoints are, in milliseconds. */
const metadataMs = 60 * 60_000;

/** What went wrong at the provider, for whoever runs this service; it holds nothing that was sent. */
export interface ProviderFault {
  readonly step: "discovery" | "sign-in";
  /** Such as ECONNREFUSED, OAUTH_JWT_CLAIM_COMPARISON_FAILED, invalid_client. */
  readonly code: string;
}

/** Asks a provider of OpenID Connect. The library is loaded, and the provider asked for the first time, at the first sign-in. */
export class OidcProvider {
  readonly #settings: OidcSettings;
  readonly #onFault: (fault: ProviderFault) => void;
  #metadata: { readonly said: ServerMetadata; readonly at: number } | undefined;
  #discovering: Promise<ServerMetadata> | undefined;

  constructor(settings: OidcSettings, onFault: (fault: ProviderFault) => void) {
    this.#settings = settings;
    this.#onFault = onFault;
  }

  /** Where to send a browser. @throws OidcProviderUnavailableError */
  async signInUrl({ state, nonce, codeVerifier }: Flow, redirectUri: string): Promise<string> {
    const library = await load();
    const configuration = await this.#configuration(library);
    const url = library.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: "openid email profile",
      state,
      nonce,
      code_challenge: await library.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: "S256",
    });
    return url.href;
  }

  /**
   * What the provider says of whoever comes back.
   *
   * @param backAt the redirect URI, with the query that the browser brought
   * @throws OidcProviderUnavailableError
   * @throws OidcSignInRefusedError
   * @throws OidcAnswerInvalidError
   */
  async claims({ state, nonce, codeVerifier }: Flow, backAt: URL): Promise<Claims & IdentityClaims> {
    const library = await load();
    const configuration = await this.#configuration(library);
    try {
      const tokens = await library.authorizationCodeGrant(configuration, backAt, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) {
        throw new OidcAnswerInvalidError();
      }
      // Most providers say in the token who it is, and all else on demand alone.
      const { userinfo_endpoint: more } = configuration.serverMetadata();
      return more === undefined || this.#saysAll(claims)
        ? claims
        : joined(claims, await library.fetchUserInfo(configuration, tokens.access_token, claims.sub));
    } catch (error) {
      throw this.#refusalOf(error, library);
    }
  }

  #saysAll(claims: Claims): boolean {
    const { roleClaim } = this.#settings;
    return [...["email", "email_verified"], ...(roleClaim === undefined ? [] : [roleClaim])].every(
      (name) => claims[name] !== undefined,
    );
  }

  /** Another each time, so that the provider's keys are asked for at each sign-in: whichever it signs with from now on is known. */
  async #configuration(library: Library): Promise<Configuration> {
    const metadata = await this.#discovered(library);
    const { clientId, clientSecret } = this.#settings;
    const { token_endpoint_auth_methods_supported: methods } = metadata;
    const isBasic = methods === undefined || methods.includes("client_secret_basic");
    const authentication = isBasic ? library.ClientSecretBasic(clientSecret) : library.ClientSecretPost(clientSecret);
    const configuration = new library.Configuration(metadata, clientId, undefined, authentication);
    configuration.timeout = answerSeconds;
    configuration[library.customFetch] = boundedFetch(maxAnswerBytes) as CustomFetch;
    library.enableNonRepudiationChecks(configuration);
    if (this.#isInsecure()) {
      library.allowInsecureRequests(configuration);
    }
    return configuration;
  }

  async #discovered(library: Library): Promise<ServerMetadata> {
    const known = this.#metadata;
    if (known !== undefined && performance.now() - known.at < metadataMs) {
      return known.said;
    }
    this.#discovering ??= this.#discover(library).finally(() => {
      this.#discovering = undefined;
    });
    try {
      return await this.#discovering;
    } catch (error) {
      // What it said before may still hold, and is found out in what follows.
      if (known !== undefined) {
        return known.said;
      }
      throw error;
    }
  }

  async #discover(library: Library): Promise<ServerMetadata> {
    const { issuer, clientId } = this.#settings;
    try {
      const found = await library.discovery(new URL(issuer), clientId, undefined, undefined, {
        timeout: answerSeconds,
        [library.customFetch]: boundedFetch(maxAnswerBytes) as CustomFetch,
        execute: this.#isInsecure() ? [library.allowInsecureRequests] : [],
      });
      const said = found.serverMetadata();
      this.#metadata = { said, at: performance.now() };
      return said;
    } catch (error) {
      this.#onFault({ step: "discovery", code: codeOf(error) });
      throw new OidcProviderUnavailableError();
    }
  }

  /** Without TLS on this machine alone: the configuration takes no other such issuer. */
  #isInsecure(): boolean {
    return this.#settings.issuer.startsWith("http:");
  }

  #refusalOf(error: unknown, library: Library): unknown {
    if (error instanceof DomainError) {
      return error;
    }
    this.#onFault({ step: "sign-in", code: codeOf(error) });
    if (error instanceof library.AuthorizationResponseError) {
      return new OidcSignInRefusedError();
    }
    return isUnavailable(error) ? new OidcProviderUnavailableError() : new OidcAnswerInvalidError();
  }
}

/** What the token says, and what more there is. That an address is verified is said by who says the address. */
function joined(claims: Claims & IdentityClaims, more: Claims): Claims & IdentityClaims {
  const { email, email_verified } = claims["email_verified"] === undefined ? more : claims;
  return { ...more, ...claims, email, email_verified };
}

function load(): Promise<Library> {
  return import("openid-client");
}

function isUnavailable(error: unknown): boolean {
  const { code, cause, status } = error as { code?: unknown; cause?: unknown; status?: unknown };
  const answered = cause instanceof Response ? cause.status : status;
  return (
    (error instanceof TypeError && code === undefined) ||
    code === "OAUTH_TIMEOUT" ||
    (typeof answered === "number" && answered >= 500)
  );
}

/** The most that is told of an error: it may carry a whole answer with it. */
function codeOf(error: unknown): string {
  const { error: answered, code, cause, name } = error as Record<string, unknown>;
  const { code: beneath } = (cause ?? {}) as Record<string, unknown>;
  const found = [answered, code, beneath, name].find((text) => typeof text === "string" && /^\w{1,64}$/.test(text));
  return typeof found === "string" ? found : "unknown";
}
