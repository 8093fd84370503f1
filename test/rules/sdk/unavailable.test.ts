import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { AltaluneError, createAltalune } from "@altalune/sdk";
import { describe, expect } from "vitest";
import { refusingPort } from "../../support/refusing-port.js";
import { test } from "../../support/shared-instance.js";
import { ask } from "./ask.js";
import { frameworks, type Settings } from "./frameworks.js";
import { type GuardedProject, makeGuardedProject } from "./guarded-project.js";

let keys: GuardedProject;
let url: string;
let rootKey: string;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
  ({ url, rootKey } = instance);
});

interface Trouble {
  readonly what: string;
  readonly code: string;
  /** How Altalune answers; undefined: nobody is there. */
  readonly answer?: RequestListener;
}

const binary = { "content-type": "application/proto" };
const troubles: readonly Trouble[] = [
  { what: "is gone", code: "UNAVAILABLE" },
  { what: "hangs", code: "DEADLINE_EXCEEDED", answer: () => undefined },
  {
    what: "hangs in the middle of an answer",
    code: "DEADLINE_EXCEEDED",
    answer: (_request, response) => void response.writeHead(200, { ...binary, "content-length": 10 }).write("\u0008"),
  },
  {
    what: "breaks off in the middle of an answer",
    code: "UNAVAILABLE",
    answer: (_request, response) => {
      response.writeHead(200, { ...binary, "content-length": 10 }).write("\u0008");
      setTimeout(() => response.destroy(), 20);
    },
  },
  {
    what: "is a page of somebody else's",
    code: "UNKNOWN",
    answer: (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>valid"),
  },
  {
    what: "answers nothing at all",
    code: "UNKNOWN",
    answer: (_request, response) => void response.writeHead(200, binary).end(),
  },
  {
    what: "answers bytes that are no message",
    code: "INTERNAL",
    answer: (_request, response) => void response.writeHead(200, binary).end("\u00ff\u00ff\u00ff"),
  },
  {
    what: "says valid without a code",
    code: "UNKNOWN",
    answer: (_request, response) => void response.writeHead(200, binary).end(Buffer.from([8, 1])),
  },
  {
    what: "says valid of a key of no project",
    code: "UNKNOWN",
    answer: (_request, response) => void response.writeHead(200, binary).end(Buffer.from([8, 1, 16, 1])),
  },
  {
    what: "answers from behind a proxy that fails",
    code: "UNAVAILABLE",
    answer: (_request, response) => void response.writeHead(502, { "content-type": "text/html" }).end("Bad Gateway"),
  },
  {
    what: "points elsewhere",
    code: "UNKNOWN",
    answer: (_request, response) => void response.writeHead(307, { location: url }).end(),
  },
];

describe.each(frameworks)("a guard for $name, while Altalune", (framework) => {
  test.for(troubles)("$what, answers 503", async ({ answer, code }) => {
    await using altalune = await listening(answer);
    // What does not hang is told by what came, and not by the time that it took.
    const patience = code === "DEADLINE_EXCEEDED" ? timeoutMs : 10_000;
    await using app = await framework.start(settingsFor(altalune.url, patience));
    const started = performance.now();
    const refused = await ask(app.orders, ["X-API-Key", keys.good]);
    expect(performance.now() - started).toBeLessThan(timeoutMs + 1500);
    expect(refused.status).toBe(503);
    expect(refused.headers).toMatchObject({ "retry-after": "1", "x-altalune-code": code, "cache-control": "no-store" });
    expect(refused.headers["www-authenticate"]).toBeUndefined();
    const detail = "no verdict on API keys can be had; try again in a moment";
    expect(JSON.parse(refused.body)).toMatchObject(
      framework.speaksConnect
        ? { code: "unavailable", message: detail }
        : { type: "about:blank", title: "Service Unavailable", status: 503, detail, reason: code },
    );
  });

  test("is gone, refuses without a question who brings no key", async () => {
    await using altalune = await listening(undefined);
    await using app = await framework.start(settingsFor(altalune.url));
    expect((await ask(app.orders)).status).toBe(401);
  });

  test("is gone, lets in without a key when onUnavailable says true, and only then", async () => {
    await using altalune = await listening(undefined);
    const told: AltaluneError[] = [];
    const app = async (says: unknown) => {
      const onUnavailable = (failure: AltaluneError) => {
        told.push(failure);
        return says as boolean;
      };
      await using running = await framework.start({ ...settingsFor(altalune.url), onUnavailable });
      const [orders, writing] = [
        await ask(running.orders, ["X-API-Key", keys.good]),
        await ask(running.writing, ["X-API-Key", keys.good]),
      ];
      return { orders, writing };
    };
    const { orders, writing } = await app(true);
    expect([orders.status, orders.headers["x-seen"]]).toEqual([200, "nobody"]);
    // Nobody knows what such a request may do.
    expect([writing.status, writing.headers["x-altalune-code"]]).toEqual([503, "UNAVAILABLE"]);
    expect((await app(false)).orders.status).toBe(503);
    expect((await app("yes")).orders.status).toBe(503);
    expect((await app(undefined)).orders.status).toBe(503);
    expect(told.every((failure) => failure instanceof AltaluneError && failure.code === "unavailable")).toBe(true);
  });

  test("refuses its root key, answers 503 and not 401", async () => {
    const altalune = createAltalune({ url, rootKey: "alt_root_mistyped" });
    await using app = await framework.start({ altalune, projectId: keys.projectId });
    const refused = await ask(app.orders, ["X-API-Key", keys.good]);
    expect([refused.status, refused.headers["x-altalune-code"]]).toEqual([503, "ROOT_KEY_INVALID"]);
  });
});

const timeoutMs = 300;

function settingsFor(altaluneUrl: string, patienceMs = timeoutMs): Settings {
  const altalune = createAltalune({ url: altaluneUrl, rootKey, timeoutMs: patienceMs });
  return { altalune, projectId: keys.projectId };
}

/** Without a listener: a port where nobody listens. */
async function listening(answer: RequestListener | undefined) {
  if (answer === undefined) {
    const nobody = await refusingPort();
    return { url: `http://127.0.0.1:${nobody.port}`, [Symbol.asyncDispose]: () => nobody[Symbol.asyncDispose]() };
  }
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}
