import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, createConnectRouter, type Interceptor } from "@connectrpc/connect";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import type { RootCredential } from "../domain/root_key/service.js";
import { ownPackage } from "../platform/package-folder.js";
import { createActorOf } from "./authority/remembered-actor.js";
import { createCallLog } from "./call/call-log.js";
import { InFlight } from "./call/in-flight.js";
import { maxMessageBytes, maxOpenMessageBytes } from "./call/message-bounds.js";
import { createPipeline, type RequestGate } from "./call/pipeline.js";
import { createValidate } from "./call/validate.js";
import { compressMinBytes, createCompressions } from "./faces/compression.js";
import { createGate } from "./faces/connect/library-errors.js";
import { createExtAuthz, extAuthzName } from "./faces/ext-authz/ext-authz.js";
import { createForwardAuth, forwardAuthName } from "./faces/forward-auth/forward-auth.js";
import { byActingRootKey, byRootKey } from "./faces/gateway/askers.js";
import type { GatewayFace } from "./faces/gateway/gateway-face.js";
import { createGraphqlFace, type GraphqlFaceOptions } from "./faces/graphql/graphql-face.js";
import { jsonOptions } from "./faces/json-options.js";
import { mountedRpcs } from "./faces/mounted-rpcs.js";
import { isOwnersPath } from "./faces/owners-paths.js";
import { createRestFace } from "./faces/rest/rest-face.js";
import { createUnaryFace } from "./faces/unary/unary-face.js";
import { createWarmVerification, type WarmVerificationOptions } from "./faces/unary/warm-verification.js";
import { type GatewayListen, listenForGateways } from "./gateway-listener.js";
import { createClientAddressResolver } from "./http/client-address.js";
import { createCors, headersOfListedOrigins, type OwnersPages } from "./http/cors.js";
import type { TakeStream } from "./http/http-servers.js";
import { type ConnectionTimeouts, connectionTimeouts } from "./http/limits.js";
import { hostAndPort } from "./http/listen-error.js";
import { listen, type TlsIdentity } from "./http/listener.js";
import { securityHeaders } from "./http/security-headers.js";
import { createGithubFace, type GithubFaceOptions } from "./leaks/github-face.js";
import { createHealth } from "./ops/health.js";
import { createRpcMetrics } from "./ops/metrics.js";
import { createProbes } from "./ops/probes.js";
import { createReadiness, type Readiness } from "./ops/readiness.js";
import { mountReflection, reflectionServices } from "./ops/reflection.js";
import { createConsole } from "./pages/console.js";
import { createPages } from "./pages/pages.js";
import { createPortal, type PortalFrames } from "./pages/portal.js";
import { createRequestListener } from "./request-listener.js";
import { type AuthFaceOptions, createAuthFace } from "./sign_in/auth-face.js";

export interface ServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Without it the port speaks HTTP/1.1 and HTTP/2 in clear. */
  readonly tls?: TlsIdentity | undefined;
  /** Origins whose pages may call, or `*`. */
  readonly corsOrigins: readonly string[];
  /** Whether an origin is one of any project's, whose pages call for the owners of keys; undefined: none is. */
  readonly ownersPages?: Pick<OwnersPages, "knows">;
  /** Proxies whose X-Forwarded-For is believed: CIDR ranges, addresses, or `loopback`. */
  readonly trustedProxies: readonly string[];
  readonly logger: Logger;
  readonly metrics: Registry;
  /** What /metrics shows; undefined: what `metrics` holds. */
  readonly exposeMetrics?: (() => Promise<string | undefined>) | undefined;
  /** Mounts the services. */
  readonly routes: (router: ConnectRouter) => void;
  /** Authenticates a call by its headers, before its body is read. Health and reflection do not pass it. */
  readonly requestGate: RequestGate;
  /** Run outside of the checks of the request's message, and inside of what handles unexpected errors. */
  readonly interceptors: readonly Interceptor[];
  /** Whether the server can do its work. Asked at most twice a second. */
  readonly readiness: () => Promise<Readiness>;
  /** How long a drain waits for rpcs in flight, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** How patient it is with slow and silent clients; `connectionTimeouts` unless given. */
  readonly timeouts?: ConnectionTimeouts;
  /** Leaves every call by its rpc's path to the library's adapter, which the differential tests hold the other faces against. */
  readonly adapterOnly?: boolean;
  /** What answers warm verifications; without it the unary face answers them. */
  readonly warmVerification?: VerifyingServices | undefined;
  /** What answers gateways; without it they are not served. */
  readonly gateways?: VerifyingServices | undefined;
  /** What serves people who sign in; without it nobody can. */
  readonly auth?:
    | Pick<
        AuthFaceOptions,
        | "registration"
        | "signIn"
        | "authenticators"
        | "userPasskeys"
        | "providerSignIn"
        | "sessions"
        | "publicUrl"
        | "credentials"
      >
    | undefined;
  /** Hears of exposed keys from GitHub's secret scanning; undefined: it is not listened to. */
  readonly leaks?: Pick<GithubFaceOptions, "keys" | "exposures"> | undefined;
  /** Where gateways ask that send no root key; undefined: nowhere. */
  readonly gateway?: GatewayListen | undefined;
  /** Whether the pages of whoever runs it are served; unless given, they are not. */
  readonly console?: boolean;
  /** Serves the page at which owners manage their own keys; undefined: it is not there. */
  readonly portal?: PortalFrames | undefined;
  /** How owners' keys are served by GraphQL; undefined: not at all. */
  readonly graphql?: Pick<GraphqlFaceOptions, "introspection" | "publicUrl"> | undefined;
}

type VerifyingServices = Pick<WarmVerificationOptions, "rootKeys" | "verification">;

export interface Server {
  /** Where clients on this machine reach it. */
  readonly url: string;
  readonly port: number;
  /** Where gateways ask that send no root key; undefined: nowhere. */
  readonly gatewayUrl: string | undefined;
  /** Turns new rpcs away with `unavailable` and waits for those in flight. Probes are still answered. */
  drain(): Promise<void>;
  /** Stops listening and lets all connections go. */
  close(): Promise<void>;
}

/**
 * Serves Connect, gRPC, gRPC-Web, REST, GraphQL and gateways, over HTTP/1.1 and HTTP/2, and the probes, on one port; gateways that send no
 * root key on a second one, if there is one.
 *
 * Whatever face an rpc comes by, it goes through the one pipeline of `call/pipeline.ts`. What gateways ask is no rpc of ours.
 *
 * @throws {ListenError} when a port cannot be had
 * @throws {NotLoopbackError}
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { logger, tls } = options;
  const inFlight = new InFlight();
  const closing = new AbortController();
  const readiness = createReadiness(options.readiness, () => inFlight.draining);
  const services = servicesOf(options.routes);
  const openServices = new Set([Health, ...reflectionServices].map((service) => service.typeName));
  const pipeline = createPipeline({
    requestGate: options.requestGate,
    openServices,
    inFlight,
    interceptors: options.interceptors,
    validate: createValidate(services.flatMap((service) => service.methods.map((method) => method.input))),
    logger,
  });
  const handlerOptions = {
    acceptCompression: createCompressions(),
    compressMinBytes,
    jsonOptions,
    readMaxBytes: maxMessageBytes,
    shutdownSignal: closing.signal,
  };
  const router = createConnectRouter({
    ...handlerOptions,
    requestGate: createGate(pipeline, logger),
    interceptors: [...pipeline.steps],
  });
  options.routes(router);
  const all = [...services, Health, ...reflectionServices];
  router.service(Health, createHealth(new Set(all.map((service) => service.typeName)), readiness, inFlight), {
    readMaxBytes: maxOpenMessageBytes,
  });
  mountReflection(router, all);

  const mounted = mountedRpcs(options.routes);
  const headers = securityHeaders(tls !== undefined);
  const metrics = createRpcMetrics(options.metrics);
  const clientAddressResolver = createClientAddressResolver(options.trustedProxies);
  const warmVerification =
    options.warmVerification &&
    createWarmVerification({
      ...options.warmVerification,
      inFlight,
      headers: { ...headers, ...headersOfListedOrigins(options.corsOrigins) },
      clientAddressResolver,
      metrics,
      logger,
    });

  const callLog = createCallLog(metrics, logger);
  const restFace = createRestFace({ pipeline, mounted, handlerOptions, logger });
  const authFace =
    options.auth && createAuthFace({ ...options.auth, console: options.console === true, inFlight, logger });
  const githubFace = options.leaks && createGithubFace({ ...options.leaks, inFlight, logger });
  const graphqlFace =
    options.graphql && createGraphqlFace({ ...options.graphql, pipeline, mounted, handlerOptions, callLog, logger });

  const pages = createPages(ownPackage?.folder, handlerOptions.acceptCompression, options.console === true);
  const consoleFace =
    options.console === true
      ? createConsole(ownPackage?.folder, handlerOptions.acceptCompression, (path) => pages.has(path))
      : undefined;
  const portalFace =
    options.portal && createPortal(ownPackage?.folder, handlerOptions.acceptCompression, options.portal);

  const transport = { tls, timeouts: options.timeouts ?? connectionTimeouts, logger };
  const shared = {
    openServices,
    headers,
    clientAddressResolver,
    inFlight,
    callLog,
    actorOf: createActorOf(options.warmVerification?.rootKeys),
    logger,
  };
  const endsOf = (name: string) =>
    options.gateways && { ok: metrics.bound(name, "ok"), canceled: metrics.bound(name, "canceled") };
  const kindsOfGateways = [
    { create: createForwardAuth, ends: endsOf(forwardAuthName) },
    { create: createExtAuthz, ends: endsOf(extAuthzName) },
  ];
  const facesFor = ({ rootKeys, verification }: VerifyingServices, acting?: RootCredential): readonly GatewayFace[] => {
    const askers = acting === undefined ? byRootKey(rootKeys) : byActingRootKey(rootKeys, acting);
    return kindsOfGateways.map(({ create, ends }) =>
      create({
        askers,
        verification,
        inFlight,
        headers,
        clientAddressResolver,
        observe: (code, seconds) => ends?.[code](seconds),
        logger,
      }),
    );
  };

  const takeStreamFor =
    (faces: readonly GatewayFace[]): TakeStream =>
    (...stream) =>
      faces.some((face) => face.takeStream?.(...stream));
  const gatewayFaces = options.gateways === undefined ? [] : facesFor(options.gateways);

  const listener = await listen({
    ...transport,
    host: options.host,
    port: options.port,
    takeStream: takeStreamFor(gatewayFaces),
    onRequest: createRequestListener({
      ...shared,
      handlers: router.handlers,
      probes: new Map([
        ...createProbes(readiness, options.metrics, options.exposeMetrics ?? (() => options.metrics.metrics())),
        ...pages,
      ]),
      cors: createCors(options.corsOrigins, options.ownersPages && { ...options.ownersPages, takes: isOwnersPath }),
      unaryFace:
        options.adapterOnly === true ? undefined : createUnaryFace({ pipeline, mounted, handlerOptions, logger }),
      restFace: (request) =>
        authFace?.(request) ??
        graphqlFace?.(request) ??
        githubFace?.(request) ??
        consoleFace?.(request) ??
        portalFace?.(request) ??
        restFace(request),
      warmVerification,
      gatewayFaces,
    }),
  });
  const openForGateways = async (gateway: GatewayListen, services: VerifyingServices) => {
    const faces = facesFor(services, gateway.credential);
    return listenForGateways(gateway, {
      ...transport,
      takeStream: takeStreamFor(faces),
      onRequest: createRequestListener({
        ...shared,
        handlers: [],
        probes: new Map(),
        cors: createCors([]),
        gatewayFaces: faces,
      }),
    });
  };
  const { gateway, gateways } = options;
  const gatewayListener =
    gateway &&
    gateways &&
    (await openForGateways(gateway, gateways).catch(async (error: unknown) => {
      await listener.close();
      throw error;
    }));
  const urlOf = (host: string, port: number): string =>
    `${tls === undefined ? "http" : "https"}://${hostAndPort(reachableHost(host), port)}`;

  return {
    url: urlOf(options.host, listener.port),
    port: listener.port,
    gatewayUrl: gateway && gatewayListener && urlOf(gateway.host, gatewayListener.port),
    async drain() {
      const left = await inFlight.drain(options.drainTimeoutMs);
      if (left > 0) {
        logger.warn({ rpcs: left }, "drain timed out");
      }
    },
    async close() {
      closing.abort(new ConnectError("this server has shut down", Code.Unavailable));
      await Promise.all([listener.close(), gatewayListener?.close()]);
    },
  };
}

/** The services that are mounted: known before the router is, because its interceptors are made ready for them. */
function servicesOf(routes: ServerOptions["routes"]): DescService[] {
  const router = createConnectRouter();
  routes(router);
  return [...new Set(router.handlers.map((handler) => handler.service))];
}

/** A server on all addresses is not reached at "all addresses". */
function reachableHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "localhost" : host;
}
