import type { RateLimit, VerifiedApiKey } from "@altalune/sdk";
import { createAltalune, Granularity, VerificationCode } from "@altalune/sdk";
import { apiKey as connectApiKey, guard as connectGuard, requireScopes } from "@altalune/sdk/connect";
import { guard as expressGuard } from "@altalune/sdk/express";
import { guard as fastifyGuard } from "@altalune/sdk/fastify";
import { type GuardedEnv, guard as honoGuard } from "@altalune/sdk/hono";
import { ApiKeySchema } from "@altalune/sdk/messages";
import { guard as nextGuard } from "@altalune/sdk/next";
import { guard as nodeGuard } from "@altalune/sdk/node";
import type { FakeKey } from "@altalune/sdk/testing";
import type { HandlerContext } from "@connectrpc/connect";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { expect, expectTypeOf, test } from "vitest";

const altalune = createAltalune({ url: "http://127.0.0.1:1", rootKey: "alt_root_x" });
const options = { altalune, projectId: "23456789abcdef" };
const maybe = { ...options, onUnavailable: () => true };

test("the key is typed on the request of Express, for options that look at it too", () => {
  const app = express();
  app.use(
    expressGuard({ ...options, skip: ({ path }) => path === "/healthz", cost: ({ query }) => Number(query["n"]) }),
  );
  app.get("/", (request) => {
    expectTypeOf(request.apiKey).toEqualTypeOf<VerifiedApiKey | undefined>();
  });
  expect(app).toBeDefined();
});

test("the key is typed on the request of Fastify", async () => {
  const app = fastify();
  await app.register(fastifyGuard({ ...options, skip: ({ routeOptions }) => routeOptions.url === "/healthz" }));
  app.get("/", async (request) => {
    expectTypeOf(request.apiKey).toEqualTypeOf<VerifiedApiKey | undefined>();
  });
  await app.close();
});

test("the key is typed in the context of Hono, and is surely there in an app that is guarded as a whole", () => {
  const app = new Hono<GuardedEnv>();
  app.use(honoGuard(options));
  app.get("/", (context) => {
    expectTypeOf(context.get("apiKey").ownerId).toEqualTypeOf<string>();
    return context.text("");
  });
  new Hono().get("/", (context) => {
    expectTypeOf(context.get("apiKey")).toEqualTypeOf<VerifiedApiKey | undefined>();
    return context.text("");
  });
  new Hono().use(honoGuard(maybe)).get("/", (context) => {
    expectTypeOf(context.var.apiKey).toEqualTypeOf<VerifiedApiKey | undefined>();
    return context.text("");
  });
  expect(app).toBeDefined();
});

test("the key is typed on the request of Next's handlers, whose own arguments stay theirs", () => {
  const handler = nextGuard(options)(async (request, context: { params: Promise<{ id: string }> }) => {
    expectTypeOf(request.apiKey).toEqualTypeOf<VerifiedApiKey>();
    return Response.json(await context.params);
  });
  expectTypeOf(handler).parameters.toEqualTypeOf<[Request, { params: Promise<{ id: string }> }]>();
  nextGuard(maybe)((request) => {
    expectTypeOf(request.apiKey).toEqualTypeOf<VerifiedApiKey | undefined>();
    return new Response();
  });
  expectTypeOf(handler).returns.toEqualTypeOf<Promise<Response>>();
});

test("the key is typed on the request of Node, and maybe absent where options let in without one", () => {
  nodeGuard(options)((request) => expectTypeOf(request.apiKey).toEqualTypeOf<VerifiedApiKey>());
  nodeGuard({ ...options, skip: ({ url }) => url === "/healthz" })((request) =>
    expectTypeOf(request.apiKey).toEqualTypeOf<VerifiedApiKey | undefined>(),
  );
  expect(connectGuard(options)).toBeTypeOf("function");
});

test("the key is typed in the context of Connect", () => {
  const handler = (context: HandlerContext) => {
    expectTypeOf(context.values.get(connectApiKey)).toEqualTypeOf<VerifiedApiKey | undefined>();
    expectTypeOf(requireScopes(context, "orders:write")).toEqualTypeOf<VerifiedApiKey>();
  };
  expect(handler).toBeTypeOf("function");
});

test("calls, enums and messages are typed", () => {
  expectTypeOf(altalune.verification.verifyApiKey)
    .returns.resolves.toHaveProperty("code")
    .toEqualTypeOf<VerificationCode>();
  // @ts-expect-error: no such field
  const wrong = () => altalune.verification.verifyApiKey({ kee: "x" });
  expect([wrong, Granularity.DAY, VerificationCode.VALID, ApiKeySchema.typeName]).toContain("altalune.v1.ApiKey");
});

test("the type of a key's limits has a name, for guards and for the stand-in alike", () => {
  expectTypeOf<VerifiedApiKey["rateLimits"]>().toEqualTypeOf<readonly RateLimit[]>();
  expectTypeOf<FakeKey["rateLimits"]>().toEqualTypeOf<readonly RateLimit[] | undefined>();
  expect(altalune).toBeDefined();
});
