import type { AltaluneError } from "./altalune-error.js";
import type { Altalune } from "./client.js";
import { checkScopes } from "./scopes.js";
import type { VerifiedApiKey } from "./verified-api-key.js";

/** How requests are guarded. `Request` is the framework's. */
export interface GuardOptions<Request> {
  /** A client whose root key has `api_keys:verify`. */
  readonly altalune: Pick<Altalune, "verification">;
  /** The project whose keys are good here. */
  readonly projectId: string;
  /** What a key must be allowed, all of it. Default: nothing in particular. */
  readonly scopes?: readonly string[] | ((request: Request) => readonly string[]);
  /** What a request spends of the key's limits. 0 spends nothing, and lets in whoever has used them up. Default: 1. */
  readonly cost?: number | ((request: Request) => number);
  /**
   * Where the key stands; several that differ are refused. Do not take it from the URL, which is in many logs.
   * Default: `x-api-key` and `Authorization: Bearer`.
   */
  readonly keyFrom?: (request: Request) => string | readonly string[] | undefined;
  /**
   * What becomes of requests while no verdict can be had. Only a function that answers `true` lets them in, without a key, and not
   * where scopes are asked for, by `scopes` or by the route: nobody knows what such a request may do. Whoever can make Altalune be
   * away then needs no key. It is also the place to log why there was no verdict. Default: `"deny"`, status 503.
   */
  readonly onUnavailable?: "deny" | ((failure: AltaluneError, request: Request) => boolean | Promise<boolean>);
  /**
   * The IP address of whoever sends a request, for finding odd use of keys: behind a proxy not the proxy's. What is no address is not
   * told. Default: what Express and Fastify have as `request.ip`; with the others, none.
   */
  readonly sourceIp?: (request: Request) => string | undefined;
  /** Requests that need no key, such as health checks. They get none. */
  readonly skip?: (request: Request) => boolean;
}

/** Options with which a request may come through without a key. */
export type LetsInWithoutKey<Request> =
  | { readonly skip: NonNullable<GuardOptions<Request>["skip"]> }
  | { readonly onUnavailable: Exclude<GuardOptions<Request>["onUnavailable"], "deny" | undefined> };

/** What a guarded handler finds: a key, or perhaps none where the options let requests in without one. */
export type KeyUnder<Options> = Options extends LetsInWithoutKey<never> ? VerifiedApiKey | undefined : VerifiedApiKey;

/** A misspelt one, of scopes say, would let in too many. */
const optionNames: ReadonlySet<string> = new Set(
  Object.keys({
    altalune: true,
    projectId: true,
    scopes: true,
    cost: true,
    keyFrom: true,
    onUnavailable: true,
    sourceIp: true,
    skip: true,
  } satisfies Record<keyof GuardOptions<object>, true>),
);

/** @throws TypeError when an option is not what it must be: the guard would refuse everybody, or let in too many */
export function checkGuardOptions<Request>(options: GuardOptions<Request>): void {
  const { altalune, projectId, scopes = [], cost = 1, onUnavailable = "deny", sourceIp } = options;
  const unknown = Object.keys(options).find((name) => !optionNames.has(name));
  if (unknown !== undefined) {
    throw new TypeError(`there is no option ${unknown}; use ${[...optionNames].join(", ")}`);
  }
  if (altalune?.verification === undefined) {
    throw new TypeError("altalune must be what createAltalune returns");
  }
  if (typeof projectId !== "string" || !/^[a-z0-9]{14}$/.test(projectId)) {
    throw new TypeError("projectId must be the id of a project, 14 characters: keys of others would be good here");
  }
  if (typeof scopes !== "function") {
    checkScopes(scopes);
  }
  if (typeof cost !== "function") {
    checkCost(cost);
  }
  if (onUnavailable !== "deny" && typeof onUnavailable !== "function") {
    throw new TypeError('onUnavailable must be "deny" or a function');
  }
  if (sourceIp !== undefined && typeof sourceIp !== "function") {
    throw new TypeError("sourceIp must be a function");
  }
}

/** @throws TypeError */
export function checkCost(cost: number): void {
  if (!Number.isInteger(cost) || cost < 0 || cost > 0xffff_ffff) {
    throw new TypeError("cost must be a whole number, 0 or more");
  }
}
