import type { DescMethodUnary, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { type CallSettings, call } from "./call.js";
import { ApiKeyService } from "./gen/altalune/v1/api_key_pb.js";
import { AuditService } from "./gen/altalune/v1/audit_pb.js";
import { ExposureService } from "./gen/altalune/v1/exposure_pb.js";
import { PortalService } from "./gen/altalune/v1/portal_pb.js";
import { ProjectService } from "./gen/altalune/v1/project_pb.js";
import { TierService } from "./gen/altalune/v1/tier_pb.js";
import { UsageService } from "./gen/altalune/v1/usage_pb.js";
import { UserService } from "./gen/altalune/v1/user_pb.js";
import { VerificationService } from "./gen/altalune/v1/verification_pb.js";
import { WebhookService } from "./gen/altalune/v1/webhook_pb.js";
import { type CallOptions, isTimeout, timeoutRule } from "./prepare-call.js";

export type { CallOptions } from "./prepare-call.js";

export interface AltaluneOptions {
  /** Where Altalune runs, such as `http://127.0.0.1:8080`. */
  readonly url: string | URL;
  /** A root key with the scopes of what is called; a guard needs `api_keys:verify` alone. */
  readonly rootKey: string;
  /** How long a call may take, connecting and all attempts included. Default: 2000. */
  readonly timeoutMs?: number;
  /** Sends the requests. Default: that of the platform. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A method for each rpc of a service. Each throws AltaluneError, and nothing else. */
export type ServiceClient<S extends DescService> = {
  readonly [Name in keyof S["method"]]: (
    request: MessageInitShape<S["method"][Name]["input"]>,
    options?: CallOptions,
  ) => Promise<MessageShape<S["method"][Name]["output"]>>;
};

/** A client of each service of Altalune. */
export interface Altalune {
  readonly apiKeys: ServiceClient<typeof ApiKeyService>;
  readonly projects: ServiceClient<typeof ProjectService>;
  readonly verification: ServiceClient<typeof VerificationService>;
  readonly tiers: ServiceClient<typeof TierService>;
  readonly usage: ServiceClient<typeof UsageService>;
  readonly audit: ServiceClient<typeof AuditService>;
  readonly users: ServiceClient<typeof UserService>;
  readonly portal: ServiceClient<typeof PortalService>;
  readonly webhooks: ServiceClient<typeof WebhookService>;
  readonly exposures: ServiceClient<typeof ExposureService>;
}

/**
 * Clients of all services of Altalune, over one root key, which they keep to themselves: it is not in what they show of
 * themselves, nor in their errors. Make one for the whole process.
 *
 * @example
 * const altalune = createAltalune({ url: "http://127.0.0.1:8080", rootKey: process.env.ROOT_KEY ?? "" });
 * const { valid } = await altalune.verification.verifyApiKey({ key, projectId });
 *
 * @throws TypeError when an option is not what it must be; the message does not hold its value
 */
export function createAltalune({ url, rootKey, timeoutMs = 2000, fetch }: AltaluneOptions): Altalune {
  if (!isTimeout(timeoutMs)) {
    throw new TypeError(timeoutRule);
  }
  // A header could not hold any other, and what says so would quote it.
  if (typeof rootKey !== "string" || !/^[\x21-\x7e]+$/.test(rootKey)) {
    throw new TypeError("rootKey must be a root key of Altalune: is its environment variable set?");
  }
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${rootKey}`);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl: baseUrlOf(url),
    useBinaryFormat: true,
    interceptors: [authorize],
    // Never to where a redirect points, with a root key. Workers know no `redirect: "error"`.
    fetch: (input, init) => (fetch ?? globalThis.fetch)(input, { ...init, redirect: "manual" }),
  });
  return clientsOver(transport, { timeoutMs, secrets: [rootKey] });
}

export function clientsOver(transport: Transport, settings: CallSettings): Altalune {
  return Object.freeze({
    apiKeys: serviceClient(ApiKeyService, transport, settings),
    projects: serviceClient(ProjectService, transport, settings),
    verification: serviceClient(VerificationService, transport, settings),
    tiers: serviceClient(TierService, transport, settings),
    usage: serviceClient(UsageService, transport, settings),
    audit: serviceClient(AuditService, transport, settings),
    users: serviceClient(UserService, transport, settings),
    portal: serviceClient(PortalService, transport, settings),
    webhooks: serviceClient(WebhookService, transport, settings),
    exposures: serviceClient(ExposureService, transport, settings),
  });
}

function serviceClient<S extends DescService>(
  service: S,
  transport: Transport,
  settings: CallSettings,
): ServiceClient<S> {
  const methods = service.methods.map((method) => [
    method.localName,
    (request: MessageInitShape<typeof method.input>, options?: CallOptions) =>
      call(transport, method as DescMethodUnary, request, options, settings),
  ]);
  return Object.freeze(Object.fromEntries(methods)) as ServiceClient<S>;
}

function baseUrlOf(url: string | URL): string {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== "" || parsed.password !== "") {
    throw new TypeError("url must be where Altalune runs, such as http://127.0.0.1:8080, without a user or password");
  }
  return parsed.href.replace(/[?#].*$/, "");
}
