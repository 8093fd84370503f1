import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test, vi } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { client, post, transports } from "./clients.js";
import { mount, start } from "./start.js";

const projectId = "23456789abcdef";

const failing = (error: unknown) =>
  start({
    routes: mount({
      project: {
        getProject: () => {
          throw error;
        },
      },
    }),
  });

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(await call.catch((reason: unknown) => reason));
}

describe.each(transports)("%s", (_name, open) => {
  test("an unexpected failure tells nothing but the request's id, and the log tells the cause", async () => {
    const { url, logged } = await failing(new TypeError("the cause of it all"));
    const error = await errorOf(createClient(ProjectService, open(url)).getProject({ projectId }));
    expect(error.code).toBe(Code.Internal);
    const id = /^internal error; request id (\S+)$/.exec(error.rawMessage)?.[1];
    const line = logged()
      .split("\n")
      .find((text) => text.includes("unexpected failure"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      level: "error",
      request_id: id,
      err: { name: "TypeError", message: "the cause of it all" },
    });
  });

  test("a deadline is kept, whatever the handler waits for", async () => {
    const { url } = await start({
      routes: mount({ project: { getProject: () => new Promise(() => undefined) } }),
    });
    const before = performance.now();
    const call = createClient(ProjectService, open(url)).getProject({ projectId }, { timeoutMs: 200 });
    expect((await errorOf(call)).code).toBe(Code.DeadlineExceeded);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

test.each([
  ["40001", Code.Aborted],
  ["40P01", Code.Aborted],
  ["55P03", Code.Unavailable],
  ["57014", Code.DeadlineExceeded],
  ["57P01", Code.Unavailable],
  ["57P03", Code.Unavailable],
  ["08006", Code.Unavailable],
  ["53300", Code.Unavailable],
  ["ECONNREFUSED", Code.Unavailable],
  ["23505", Code.Internal],
  ["22P02", Code.Internal],
])("a database failure %s has the code that says whether to try again", async (code, expected) => {
  const values = { detail: "Key (name)=(hunter2)", parameters: ["hunter2"], where: "hunter2", query: "select hunter2" };
  const { url, logged } = await failing(Object.assign(new Error("words of the database"), { code, ...values }));
  const error = await errorOf(client(ProjectService, url).getProject({ projectId }));
  expect(error.code).toBe(expected);
  expect(error.rawMessage).not.toContain("words of the database");
  expect(logged()).toContain("words of the database");
  expect(logged()).toContain(code);
  expect(logged()).not.toContain("hunter2");
});

test.each(["timeout exceeded when trying to connect", "Connection terminated unexpectedly"])(
  "the pool's %j is unavailable",
  async (message) => {
    const { url } = await failing(new Error(message));
    expect((await errorOf(client(ProjectService, url).getProject({ projectId }))).code).toBe(Code.Unavailable);
  },
);

test("a gate that fails unexpectedly tells nothing either", async () => {
  const { url } = await start({
    requestGate: async () => {
      throw new Error("the cause of it all");
    },
  });
  const answer = await post(`${url}/altalune.v1.ProjectService/GetProject`, "{}");
  expect(await answer.json()).toEqual({
    code: "internal",
    message: expect.stringMatching(/^internal error; request id \S+$/),
  });
});

test("a gate refuses before the body is read, and before it is known whether there is a handler", async () => {
  const { url } = await start({
    requestGate: async () => {
      throw new ConnectError("who are you?", Code.Unauthenticated);
    },
  });
  for (const body of ["{", "x".repeat(2_000_000)]) {
    const answer = await post(`${url}/altalune.v1.ProjectService/QueryProjects`, body);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ code: "unauthenticated", message: "who are you?" });
  }
});

test("interceptors see what handlers throw, and what they make of it is told", async () => {
  const { url } = await start({
    routes: mount({
      project: {
        getProject: () => {
          throw new RangeError("no such project");
        },
      },
    }),
    interceptors: [
      (next) => async (request) => {
        try {
          return await next(request);
        } catch (error) {
          throw error instanceof RangeError ? new ConnectError(error.message, Code.NotFound) : error;
        }
      },
    ],
  });
  const error = await errorOf(client(ProjectService, url).getProject({ projectId }));
  expect(error.code).toBe(Code.NotFound);
  expect(error.rawMessage).toBe("no such project");
});

describe("deadlines", () => {
  const timeLeft = async (headers: Record<string, string>) => {
    let left: number | undefined;
    const { url } = await start({
      routes: mount({
        project: {
          createProject: (_request, context) => {
            left = context.timeoutMs();
            return {};
          },
        },
      }),
    });
    const answer = await post(`${url}/altalune.v1.ProjectService/CreateProject`, '{"name":"orders"}', headers);
    expect(answer.status).toBe(200);
    return left ?? Number.NaN;
  };

  test("a call without one gets 30 s", async () => {
    expect(await timeLeft({})).toBeGreaterThan(29_000);
    expect(await timeLeft({})).toBeLessThanOrEqual(30_000);
  });

  test("a longer one is cut to 30 s", async () => {
    expect(await timeLeft({ "connect-timeout-ms": "9999999999" })).toBeLessThanOrEqual(30_000);
  });

  test("a shorter one is kept", async () => {
    expect(await timeLeft({ "connect-timeout-ms": "5000" })).toBeLessThanOrEqual(5_000);
  });

  test("gRPC's are cut as well", async () => {
    let left: number | undefined;
    const { url } = await start({
      routes: mount({
        project: {
          createProject: (_request, context) => {
            left = context.timeoutMs();
            return {};
          },
        },
      }),
    });
    const open = transports.find(([name]) => name === "gRPC, HTTP/2")?.[1];
    if (open !== undefined) {
      await createClient(ProjectService, open(url)).createProject({ name: "orders" }, { timeoutMs: 3_600_000 });
    }
    expect(left).toBeLessThanOrEqual(30_000);
  });
});

test("a client that leaves ends its call quietly", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  let leaving = new AbortController();
  const { url, logged, server } = await start({
    routes: mount({
      project: {
        getProject: async (_request, { signal }) => {
          leaving.abort();
          await delay(10_000, undefined, { signal });
          return {};
        },
      },
    }),
  });
  for (const [, open] of transports) {
    leaving = new AbortController();
    const call = createClient(ProjectService, open(url)).getProject({ projectId }, { signal: leaving.signal });
    expect((await errorOf(call)).code).toBe(Code.Canceled);
  }
  await server.drain();
  await delay(50);
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(logged()).not.toMatch(/"level":"(error|warn)"/);
  expect(logged().match(/"code":"(canceled|aborted)"/g)).toHaveLength(transports.length);
});
