import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Altalune, AltaluneError, VerifiedApiKey } from "@altalune/sdk";
import * as connectGuard from "@altalune/sdk/connect";
import * as expressGuard from "@altalune/sdk/express";
import * as fastifyGuard from "@altalune/sdk/fastify";
import * as honoGuard from "@altalune/sdk/hono";
import * as nextGuard from "@altalune/sdk/next";
import * as nodeGuard from "@altalune/sdk/node";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { getRequestListener, serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { Health } from "../../../gen/grpc/health/v1/health_pb.js";
import type { Target } from "./ask.js";

/** What the guard of an app is told; each framework has its own type of request, which none of these looks at. */
export interface Settings {
  readonly altalune: Pick<Altalune, "verification">;
  readonly projectId: string;
  readonly scopes?: readonly string[];
  readonly cost?: number;
  readonly onUnavailable?: "deny" | ((failure: AltaluneError) => boolean);
}

export interface App extends AsyncDisposable {
  /** Where a key is asked for. */
  readonly orders: Target;
  /** Where the scope `orders:write` is asked for as well. */
  readonly writing: Target;
}

export interface Framework {
  readonly name: string;
  /** Whether statuses and bodies are the protocol's own. */
  readonly speaksConnect?: true;
  start(settings: Settings): Promise<App>;
}

/** Each app answers with the key that it sees in a header. */
const seenHeader = "x-seen";

const seen = (key: VerifiedApiKey | undefined) =>
  key === undefined ? "nobody" : `${key.apiKeyId} ${key.ownerId} ${key.scopes.join(",")}`;

export const frameworks: readonly Framework[] = [
  {
    name: "Express",
    start: (settings) => {
      const app = express();
      app.use(expressGuard.guard(settings));
      app.all("/orders", (request, response) => void response.set(seenHeader, seen(request.apiKey)).end());
      app.all("/writing", expressGuard.requireScopes("orders:write"), (request, response) => {
        response.set(seenHeader, seen(request.apiKey)).end();
      });
      return listen(app);
    },
  },
  {
    name: "Fastify",
    start: async (settings) => {
      const app = fastify();
      await app.register(fastifyGuard.guard(settings));
      app.get("/orders", async (request, reply) => reply.header(seenHeader, seen(request.apiKey)).send());
      app.get("/writing", { onRequest: fastifyGuard.requireScopes("orders:write") }, async (request, reply) =>
        reply.header(seenHeader, seen(request.apiKey)).send(),
      );
      return appAt(await app.listen({ port: 0 }), () => app.close());
    },
  },
  {
    name: "Hono",
    start: async (settings) => {
      const app = new Hono();
      app.use(honoGuard.guard(settings));
      // A response that is not made by the context, as those of fetch are not.
      app.get("/orders", (context) => new Response(null, { headers: { [seenHeader]: seen(context.get("apiKey")) } }));
      app.get("/writing", honoGuard.requireScopes("orders:write"), (context) =>
        context.body(null, 200, { [seenHeader]: seen(context.get("apiKey")) }),
      );
      return await new Promise((resolve) => {
        const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
          resolve(appAt(`http://127.0.0.1:${port}`, () => closed(server))),
        );
      });
    },
  },
  {
    name: "Next",
    start: (settings) => {
      const guarded = nextGuard.guard(settings);
      const answer = (request: nextGuard.Guarded<Request, VerifiedApiKey | undefined>) =>
        new Response(null, { headers: { [seenHeader]: seen(request.apiKey) } });
      const routes = new Map([
        ["/orders", guarded(answer)],
        ["/writing", guarded({ scopes: ["orders:write"] }, answer)],
      ]);
      const notFound = async () => new Response(null, { status: 404 });
      const handle = (request: Request) => (routes.get(new URL(request.url).pathname) ?? notFound)(request);
      return listen(getRequestListener(handle));
    },
  },
  {
    name: "Connect",
    speaksConnect: true,
    start: async (settings) => {
      const adapter = connectNodeAdapter({
        interceptors: [connectGuard.guard(settings)],
        routes: ({ service }) => {
          service(Health, {
            check: ({ service: asked }, context) => {
              if (asked === "writing") {
                connectGuard.requireScopes(context, "orders:write");
              }
              context.responseHeader.set(seenHeader, seen(context.values.get(connectGuard.apiKey)));
              return {};
            },
          });
        },
      });
      const app = await listen(adapter);
      const url = app.orders.url.replace("/orders", "/grpc.health.v1.Health/Check");
      return { ...app, orders: { url, message: {} }, writing: { url, message: { service: "writing" } } };
    },
  },
  {
    name: "Node",
    start: (settings) => {
      const guarded = nodeGuard.guard(settings);
      const answer = (
        request: nodeGuard.GuardedRequest<VerifiedApiKey | undefined>,
        response: Parameters<RequestListener>[1],
      ) => response.setHeader(seenHeader, seen(request.apiKey)).end();
      const orders = guarded(answer);
      const writing = guarded({ scopes: ["orders:write"] }, answer);
      return listen((request, response) => (request.url === "/writing" ? writing : orders)(request, response));
    },
  },
];

async function listen(listener: RequestListener): Promise<App> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return appAt(`http://127.0.0.1:${port}`, () => closed(server));
}

function closed(server: { close(callback: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

function appAt(url: string, close: () => Promise<unknown>): App {
  return {
    orders: { url: `${url}/orders` },
    writing: { url: `${url}/writing` },
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}
