import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createAltalune } from "@altalune/sdk";
import * as expressGuard from "@altalune/sdk/express";
import * as fastifyGuard from "@altalune/sdk/fastify";
import * as nodeGuard from "@altalune/sdk/node";
import express from "express";
import fastify from "fastify";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { test } from "../../support/shared-instance.js";
import { ask } from "./ask.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";

let keys: GuardedProject;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
});

/** What an app calls: before the guard, to answer by itself once the question is asked; and in the handler. */
interface Hooks {
  readonly guard: ReturnType<typeof settings>;
  answerLater(answer: () => void): void;
  handled(): void;
}

/** Ends the process, unless somebody listens. */
const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(() => {
  process.off("unhandledRejection", note);
});

describe.each([
  {
    name: "Express",
    start: async ({ guard, answerLater, handled }: Hooks) => {
      const app = express();
      app.use((_request, response, next) => {
        answerLater(() => response.status(504).end("too late"));
        next();
      });
      app.use(expressGuard.guard(guard));
      app.get("/orders", (_request, response) => {
        handled();
        response.end();
      });
      return await listening(app);
    },
  },
  {
    name: "Fastify",
    start: async ({ guard, answerLater, handled }: Hooks) => {
      const app = fastify();
      app.addHook("onRequest", async (_request, reply) => {
        answerLater(() => void reply.code(504).send("too late"));
      });
      await app.register(fastifyGuard.guard(guard));
      app.get("/orders", async () => {
        handled();
        return "";
      });
      return { url: await app.listen({ port: 0 }), [Symbol.asyncDispose]: () => app.close() };
    },
  },
  {
    name: "Node",
    start: async ({ guard, answerLater, handled }: Hooks) => {
      const guarded = nodeGuard.guard(guard)((_request, response) => {
        handled();
        response.end();
      });
      return await listening((request, response) => {
        answerLater(() => response.writeHead(504).end("too late"));
        guarded(request, response);
      });
    },
  },
])("a guard for $name, whose request was answered while it asked", ({ start }) => {
  test.for(["good", "limited", "revoked"] as const)(
    "leaves the answer as it is, and lets nobody on, with a key that is %s",
    async (which, { instance }) => {
      let answer = () => {};
      let calls = 0;
      const verdictCame = Promise.withResolvers<void>();
      const guard = settings(instance, async (input, init) => {
        const response = await fetch(input, init);
        answer();
        verdictCame.resolve();
        return response;
      });
      await using app = await start({
        guard,
        answerLater: (how) => {
          answer = how;
        },
        handled: () => {
          calls += 1;
        },
      });
      const answered = await ask({ url: `${app.url}/orders` }, ["X-API-Key", keys[which]]);
      await verdictCame.promise;
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect([answered.status, answered.body]).toEqual([504, "too late"]);
      expect(answered.headers["x-altalune-code"]).toBeUndefined();
      expect(calls).toBe(0);
      expect(unhandled).toEqual([]);
    },
  );

  test("does no harm where a function of its options throws by then", async ({ instance }) => {
    let answer = () => {};
    const guard = {
      ...settings(instance, async () => {
        throw new TypeError("fetch failed");
      }),
      onUnavailable: () => {
        answer();
        throw new Error("a fault of the options");
      },
    };
    await using app = await start({
      guard,
      answerLater: (how) => {
        answer = how;
      },
      handled: () => {},
    });
    const answered = await ask({ url: `${app.url}/orders` }, ["X-API-Key", keys.good]).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered === undefined || answered.status === 504).toBe(true);
    expect(unhandled).toEqual([]);
  });
});

function settings(
  { url, rootKey }: { readonly url: string; readonly rootKey: string },
  fetch: typeof globalThis.fetch,
) {
  return { altalune: createAltalune({ url, rootKey, fetch }), projectId: keys.projectId };
}

async function listening(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
