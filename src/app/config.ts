import ms, { type StringValue } from "ms";
import { z } from "zod";
import { type GithubKeysSource, githubKeysOf, type KeysByIdentifier } from "../domain/exposure/github-keys.js";
import type { OidcSettings } from "../domain/identity/model.js";
import { bearerShape } from "../domain/principal/credential-shape.js";
import { minEnvironmentKeyLength } from "../domain/root_key/model.js";
import { type AddressRange, isLoopback, parseRanges } from "../platform/address-ranges.js";
import { isPublicId } from "../platform/ids.js";
import { ConnectionUrlError, parseConnectionUrl } from "../platform/postgres/connection-url.js";
import { NotLoopbackError } from "../server/http/not-loopback-error.js";
import { fromFiles } from "./file-variables.js";
import { type MailConfig, mailFaults, mailOf, mailVariables } from "./mail-config.js";
import { oidcFaults, oidcOf, oidcVariables } from "./oidc-config.js";
import { defaultConnections, leastPerWorker, leastWithJobs } from "./pool-budget.js";

/** What the environment says, checked. */
export interface Config {
  readonly database: DatabaseConfig;
  readonly host: string;
  readonly port: number;
  /** How many processes serve the port. */
  readonly workers: number;
  /** ALTALUNE_ROOT_KEY; undefined: not set. */
  readonly rootKey: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Addresses that are not public and may be called all the same. */
  readonly egressAllow: readonly AddressRange[];
  /** Addresses that webhooks may be sent to although they are not public. */
  readonly webhookAllow: readonly AddressRange[];
  /** Whether this process runs jobs, such as deliveries to webhooks. */
  readonly jobs: boolean;
  readonly logLevel: string;
  /** What browsers reach the service by; undefined: the address that it listens on, if that is this machine's alone. */
  readonly publicUrl: string | undefined;
  /** Whether anybody may register, as a viewer of nothing. */
  readonly registrationIsOpen: boolean;
  /** Where people sign in who have no password here; undefined: nowhere. */
  readonly oidc: OidcSettings | undefined;
  /** How people are sent mail; undefined: they are not. */
  readonly mail: MailConfig | undefined;
  /** Where the keys of GitHub's secret scanning come from; undefined: it is not listened to. */
  readonly githubKeys: GithubKeysSource | undefined;
  /** Where gateways ask that send no root key; undefined: nowhere. */
  readonly gateway: GatewayConfig | undefined;
  /** How owners' keys are served by GraphQL; undefined: not at all. */
  readonly graphql: { readonly introspection: boolean } | undefined;
  /** Whether the pages of whoever runs it are served. */
  readonly console: boolean;
  /** Paths of PEM files; undefined: in clear. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
}

export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  /** Whether it may be reached from other machines. */
  readonly trustNetwork: boolean;
  /** Whose reach it has. */
  readonly rootKeyId: string;
}

export interface DatabaseConfig {
  /** Undefined: start an embedded one. */
  readonly url: string | undefined;
  /** The embedded one's folder; undefined: the default. */
  readonly dataDir: string | undefined;
  /** 32 bytes; undefined with the embedded one: kept in its folder. */
  readonly masterKey: Buffer | undefined;
  /** ALTALUNE_MASTER_KEY_PREVIOUS: decrypts, too, while it is being replaced. */
  readonly previousMasterKey: Buffer | undefined;
  /** Of all processes together, whatever for. */
  readonly connections: number;
  /** ALTALUNE_LISTEN_URL; undefined: where the database is. */
  readonly listenUrl: string | undefined;
  readonly cacheLeaseMs: number;
}

/** The environment is at fault; every fault is listed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly faults: readonly string[]) {
    super(
      `the configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n  ${faults.join("\n  ")}`,
    );
  }
}

const minLeaseMs = 1_000;
const maxLeaseMs = 10 * 60_000;
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const isRange = (text: string): boolean => parseRanges(text) !== undefined;

/** Every variable that is read; all are optional. */
export const environment = z.object({
  DATABASE_URL: z.string().superRefine(checkPostgresUrl).optional(),
  HOST: z.string().default("127.0.0.1"),
  PORT: wholeNumber(0, 65_535).default(8080),
  ALTALUNE_DATA_DIR: z.string().optional(),
  ALTALUNE_ROOT_KEY: z
    .string()
    .min(minEnvironmentKeyLength, `must have at least ${minEnvironmentKeyLength} characters`)
    .regex(/^[\x21-\x7e]*$/, "must hold no spaces and no characters outside ASCII, to travel in a header")
    .refine((key) => bearerShape(key) === "root_key", "must not look like a portal token or a JSON Web Token")
    .optional(),
  ALTALUNE_MASTER_KEY: z.string().transform(masterKeyBytes).optional(),
  ALTALUNE_MASTER_KEY_PREVIOUS: z.string().transform(masterKeyBytes).optional(),
  ALTALUNE_LISTEN_URL: z.string().superRefine(checkPostgresUrl).optional(),
  ALTALUNE_DATABASE_POOL: wholeNumber(leastPerWorker, 1000).default(defaultConnections),
  ALTALUNE_CACHE_LEASE: z
    .string()
    .default("30s")
    .transform(durationMs)
    .refine((lease) => lease >= minLeaseMs && lease <= maxLeaseMs, "must be a duration from 1s to 10m, such as 30s"),
  ALTALUNE_WORKERS: wholeNumber(1, 64).default(1),
  ALTALUNE_CORS_ORIGINS: list(
    isOrigin,
    "must be origins such as https://app.example.com or capacitor://localhost, each whole and without *, separated by commas, or * for all",
  ),
  ALTALUNE_PUBLIC_URL: z
    .string()
    .transform((text) => text.replace(/\/+$/, ""))
    .refine(
      isPublicUrl,
      "must be an http or https URL such as https://keys.example.com, without a user, path, query and fragment",
    )
    .refine(
      isPrivate,
      "must begin with https unless it is this machine's own, such as http://localhost:8080: sessions travel by it",
    )
    .optional(),
  ALTALUNE_REGISTRATION: z.enum(["open", "invitation"], "must be open, or invitation").default("invitation"),
  ALTALUNE_TRUSTED_PROXIES: list(
    isRange,
    "must be addresses or ranges such as 10.0.0.0/8, or loopback, separated by commas",
  ),
  ALTALUNE_EGRESS_ALLOW: list(
    isRange,
    "must be addresses or ranges such as 10.0.0.0/8, or loopback, separated by commas",
  ),
  ALTALUNE_WEBHOOK_ALLOW: list(
    isRange,
    "must be addresses or ranges such as 10.0.0.0/8, or loopback, separated by commas",
  ),
  ALTALUNE_JOBS: onOrOff("on"),
  ...mailVariables,
  ...oidcVariables,
  ALTALUNE_GITHUB_KEYS_URL: z
    .string()
    .refine(
      isFetchedUrl,
      "must be an https URL such as https://api.github.com/meta/public_keys/secret_scanning, or an http one of an address that ALTALUNE_EGRESS_ALLOW lists",
    )
    .optional(),
  ALTALUNE_GITHUB_KEYS: z.string().transform(githubKeys).optional(),
  ALTALUNE_GATEWAY_LISTEN: z.string().transform(hostAndPortOf).optional(),
  ALTALUNE_GATEWAY_ROOT_KEY_ID: z
    .string()
    .refine(isPublicId, "must be the id of a root key, as `npx altalune root-key list` shows it")
    .optional(),
  ALTALUNE_GATEWAY_TRUST_NETWORK: z.literal("1", "must be 1, or not be set").optional(),
  ALTALUNE_GRAPHQL: onOrOff("on"),
  ALTALUNE_GRAPHQL_INTROSPECTION: onOrOff("off"),
  ALTALUNE_CONSOLE: onOrOff("on"),
  LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(", ")}`).default("info"),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
});

/**
 * Reads the configuration from an environment. An empty variable counts as not set, and each may be in a file that the
 * variable of its name and `_FILE` names.
 *
 * @throws ConfigError with every fault at once; it never quotes a value, since some are secrets
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { given, faults: fileFaults } = fromFiles(env, Object.keys(environment.shape));
  const parsed = environment.safeParse(given);
  const faults = [
    ...fileFaults,
    ...(parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`)),
  ];
  if (given["DATABASE_URL"] !== undefined && given["ALTALUNE_MASTER_KEY"] === undefined) {
    faults.push(
      "ALTALUNE_MASTER_KEY must be set together with DATABASE_URL, and kept: `npx altalune master-key create` prints a fresh one",
    );
  }
  if (given["ALTALUNE_LISTEN_URL"] !== undefined && given["DATABASE_URL"] === undefined) {
    faults.push("ALTALUNE_LISTEN_URL goes with DATABASE_URL; the embedded database needs none");
  }
  if ((given["TLS_CERT"] === undefined) !== (given["TLS_KEY"] === undefined)) {
    faults.push("TLS_CERT and TLS_KEY must be set together, to the paths of PEM files");
  }
  faults.push(...mailFaults(given));
  faults.push(...oidcFaults(given, isHere(given["HOST"] ?? "127.0.0.1")));
  faults.push(...gatewayFaults(given, parsed.data?.ALTALUNE_GATEWAY_LISTEN));
  const { ALTALUNE_WORKERS: workers = 1, ALTALUNE_DATABASE_POOL: connections = defaultConnections } = parsed.data ?? {};
  const isPoolGiven = given["ALTALUNE_DATABASE_POOL"] !== undefined;
  if (workers > 1 && isPoolGiven && connections < leastPerWorker * workers) {
    faults.push(
      `ALTALUNE_DATABASE_POOL is for all workers together and must be at least ${leastPerWorker} for each of ALTALUNE_WORKERS, which is ${leastPerWorker * workers}`,
    );
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(faults);
  }
  const { data } = parsed;
  return {
    database: {
      url: data.DATABASE_URL,
      dataDir: data.ALTALUNE_DATA_DIR,
      masterKey: data.ALTALUNE_MASTER_KEY,
      previousMasterKey: data.ALTALUNE_MASTER_KEY_PREVIOUS,
      connections: isPoolGiven ? connections : Math.max(connections, leastWithJobs * workers),
      listenUrl: data.ALTALUNE_LISTEN_URL,
      cacheLeaseMs: data.ALTALUNE_CACHE_LEASE,
    },
    host: data.HOST,
    port: data.PORT,
    workers: data.ALTALUNE_WORKERS,
    rootKey: data.ALTALUNE_ROOT_KEY,
    corsOrigins: data.ALTALUNE_CORS_ORIGINS,
    trustedProxies: data.ALTALUNE_TRUSTED_PROXIES,
    publicUrl: data.ALTALUNE_PUBLIC_URL,
    registrationIsOpen: data.ALTALUNE_REGISTRATION === "open",
    egressAllow: data.ALTALUNE_EGRESS_ALLOW.flatMap((text) => parseRanges(text) ?? []),
    webhookAllow: data.ALTALUNE_WEBHOOK_ALLOW.flatMap((text) => parseRanges(text) ?? []),
    jobs: data.ALTALUNE_JOBS === "on",
    mail: mailOf(data),
    oidc: oidcOf(data),
    githubKeys: githubKeysSource(data),
    logLevel: data.LOG_LEVEL,
    gateway: data.ALTALUNE_GATEWAY_LISTEN && {
      ...data.ALTALUNE_GATEWAY_LISTEN,
      trustNetwork: data.ALTALUNE_GATEWAY_TRUST_NETWORK !== undefined,
      rootKeyId: data.ALTALUNE_GATEWAY_ROOT_KEY_ID ?? "",
    },
    graphql:
      data.ALTALUNE_GRAPHQL === "on" ? { introspection: data.ALTALUNE_GRAPHQL_INTROSPECTION === "on" } : undefined,
    console: data.ALTALUNE_CONSOLE === "on",
    tls:
      data.TLS_CERT === undefined || data.TLS_KEY === undefined
        ? undefined
        : { certificate: data.TLS_CERT, key: data.TLS_KEY },
  };
}

/** The listener asks nobody for a root key: what may be done there, and from where, is said with it. */
function gatewayFaults(
  given: Readonly<Record<string, string | undefined>>,
  listen: HostAndPort | undefined,
): readonly string[] {
  if (given["ALTALUNE_GATEWAY_LISTEN"] === undefined) {
    return ["ALTALUNE_GATEWAY_ROOT_KEY_ID", "ALTALUNE_GATEWAY_TRUST_NETWORK"]
      .filter((name) => given[name] !== undefined)
      .map((name) => `${name} goes with ALTALUNE_GATEWAY_LISTEN`);
  }
  const faults: string[] = [];
  if (given["ALTALUNE_GATEWAY_ROOT_KEY_ID"] === undefined) {
    faults.push(
      "ALTALUNE_GATEWAY_ROOT_KEY_ID must be set together with ALTALUNE_GATEWAY_LISTEN, to the id of a root key that `npx altalune root-key create --scope api_keys:verify` has made",
    );
  }
  if (listen !== undefined && !isHere(listen.host) && given["ALTALUNE_GATEWAY_TRUST_NETWORK"] === undefined) {
    faults.push(new NotLoopbackError().message);
  }
  return faults;
}

/** What a name leads to is looked at when it is listened on. */
export function isHere(host: string): boolean {
  return isLoopback(host) || host.toLowerCase() === "localhost";
}

interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

function hostAndPortOf(text: string, context: z.RefinementCtx): HostAndPort {
  const [, inBrackets, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? plain ?? "";
  if (host === "" || Number(port) > 65_535) {
    context.addIssue({
      code: "custom",
      message: "must be an address and a port, such as 127.0.0.1:8081 or [::1]:8081",
    });
  }
  return { host, port: Number(port) };
}

function wholeNumber(min: number, max: number) {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule);
}

function onOrOff(fallback: "on" | "off") {
  return z.enum(["on", "off"], "must be on or off").default(fallback);
}

function list(isItem: (text: string) => boolean, rule: string) {
  return z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    )
    .refine((items) => items.every(isItem), rule);
}

function masterKeyBytes(text: string, context: z.RefinementCtx): Buffer {
  // As it is read from a file, or by a shell that keeps the line's end.
  const line = text.replace(/[\r\n]+$/, "");
  const bytes = Buffer.from(line, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== line) {
    context.addIssue({
      code: "custom",
      message: "must be the base64 of 32 bytes, as `npx altalune master-key create` prints",
    });
  }
  return bytes;
}

function checkPostgresUrl(text: string, context: z.RefinementCtx): void {
  try {
    parseConnectionUrl(text);
  } catch (error) {
    if (!(error instanceof ConnectionUrlError)) {
      throw error;
    }
    context.addIssue({ code: "custom", message: error.message });
  }
}

/**
 * Not a number when the text is no duration with a unit: a bare number would be milliseconds, which nobody who writes 30 means,
 * and `10M` months to some.
 */
function durationMs(text: string): number {
  return /^[^A-Z]*[a-z]$/.test(text) ? ms(text as StringValue) : Number.NaN;
}

function githubKeys(text: string, context: z.RefinementCtx): KeysByIdentifier {
  try {
    return githubKeysOf(text);
  } catch {
    context.addIssue({
      code: "custom",
      message:
        "must be the JSON that https://api.github.com/meta/public_keys/secret_scanning answers, its keys of ECDSA on P-256",
    });
    return new Map();
  }
}

function githubKeysSource({
  ALTALUNE_GITHUB_KEYS: keys,
  ALTALUNE_GITHUB_KEYS_URL: url,
}: {
  readonly ALTALUNE_GITHUB_KEYS?: KeysByIdentifier | undefined;
  readonly ALTALUNE_GITHUB_KEYS_URL?: string | undefined;
}): GithubKeysSource | undefined {
  if (keys !== undefined) {
    return { keys };
  }
  return url === undefined ? undefined : { url };
}

/** Which addresses it may lead to is looked at when it is fetched. */
function isFetchedUrl(text: string): boolean {
  return /^https?:\/\/[^\s#@]+$/.test(text) && URL.canParse(text);
}

/** Cookies are sent to a whole origin, so a path would promise too much. */
function isPublicUrl(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Whether nobody listens between a browser and this URL. What is no URL is refused for that. */
function isPrivate(text: string): boolean {
  if (!URL.canParse(text)) {
    return true;
  }
  const { protocol, hostname } = new URL(text);
  return protocol !== "http:" || isHere(hostname.replace(/^\[|\]$/g, ""));
}

/** As browsers send them; of schemes that are not the web's, such as `capacitor://localhost`, too. A `*` in a name never matches. */
function isOrigin(text: string): boolean {
  if (text === "*") {
    return true;
  }
  if (text.includes("*") || !URL.canParse(text)) {
    return false;
  }
  return /^https?:/.test(text) ? new URL(text).origin === text : /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/.test(text);
}
