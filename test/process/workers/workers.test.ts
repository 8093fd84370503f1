import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { createClients, transportTo } from "../../support/instance.js";
import { provenOnlyIf } from "../../support/unproven.js";
import { altalune, type Serving, serve } from "../cli/command.js";
import { ownDatabase, query } from "../cli/databases.js";

const calls = 30;

describe("several processes on a port", () => {
  beforeEach(({ skip }) =>
    provenOnlyIf(skip, existsSync("/proc/self/status"), {
      what: "several processes on a port",
      why: "no /proc to look processes up in",
      remedy: "run on Linux",
    }),
  );

  test("several processes serve one port, make one root key between them, and add their metrics up", async () => {
    const { env, server, clients } = await start();
    expect(workersOf(server)).toHaveLength(2);
    expect(await query(env, "select from altalune_project_api_keys where project_id = 0")).toHaveLength(1);
    const projectId = await newProject(clients);
    const { value } = await newApiKey(clients, projectId);
    for (let i = 0; i < calls; i++) {
      // A connection of its own each, so that both processes have some.
      const response = await verify(server, value);
      expect(await response.json()).toMatchObject({ valid: true });
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`altalune_verifications_total{code="valid"} ${calls}`);
    expect(await server.stop()).toBe(0);
    expect(workersOf(server)).toEqual([]);
  });

  test("all processes together hold no more connections than ALTALUNE_DATABASE_POOL, those included on which they listen", async () => {
    const { env, server, clients } = await start({ ALTALUNE_DATABASE_POOL: "6" });
    const projectId = await newProject(clients);
    let most = 0;
    let over = false;
    const counting = (async () => {
      while (!over) {
        const found = await query(
          env,
          `select from pg_stat_activity
           where datname = current_database() and application_name in ('altalune', 'altalune listen')`,
        );
        most = Math.max(most, found.length);
      }
    })();
    await Promise.all(Array.from({ length: 100 }, () => newApiKey(clients, projectId)));
    await Promise.all(Array.from({ length: 100 }, () => verify(server, `made-up-${Math.random()}`)));
    over = true;
    await counting;
    expect(most).toBeGreaterThan(2);
    expect(most).toBeLessThanOrEqual(6);
    expect(await server.stop()).toBe(0);
    await expect(serve({ ...env, ALTALUNE_DATABASE_POOL: "3" })).rejects.toThrow(
      /ALTALUNE_DATABASE_POOL is for all workers together and must be at least 2 for each of ALTALUNE_WORKERS, which is 4/,
    );
  });

  test("all processes answer gateways on the one listener that asks for no root key", async () => {
    const { env, server, clients } = await start();
    const projectId = await newProject(clients);
    const { value } = await newApiKey(clients, projectId);
    expect(await server.stop()).toBe(0);
    const created = await altalune(["root-key", "create", "--scope", "api_keys:verify"], env);
    const id = /root key ([a-z0-9]{14}),/.exec(created.stderr)?.[1] ?? "";
    const gateway = { ALTALUNE_GATEWAY_LISTEN: "127.0.0.1:0", ALTALUNE_GATEWAY_ROOT_KEY_ID: id };
    const again = await serve({ ...env, ...gateway });
    const opened = [...again.stderr().matchAll(/^\{.*"url":"([^"]+)".*"open to gateways without a root key"\}$/gm)];
    const [url, ...others] = opened.map(([, where]) => where);
    expect(others).toEqual([url]);
    for (let i = 0; i < calls; i++) {
      const headers = { "x-api-key": value, connection: "close" };
      expect((await fetch(`${url}/forward-auth?project_id=${projectId}`, { headers })).status).toBe(200);
    }
    expect(await again.stop()).toBe(0);
  });

  test("a worker that dies is replaced, and the port is served meanwhile", async () => {
    const { server } = await start();
    const [victim, other] = workersOf(server);
    process.kill(victim ?? Number.NaN, "SIGKILL");
    await expect.poll(() => workersOf(server).filter((pid) => pid !== victim).length, { timeout: 20_000 }).toBe(2);
    expect(workersOf(server)).toContain(other);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test("connections that a dead worker was given are closed, or served by another", async () => {
    const { server } = await start();
    const [victim = Number.NaN] = workersOf(server);
    process.kill(victim, "SIGSTOP");
    const answers = Array.from({ length: 12 }, () => answerOverNewConnection(Number(new URL(server.url).port)));
    // Every other one is given to the worker that sleeps.
    await Promise.race(answers);
    process.kill(victim, "SIGKILL");
    const over = await Promise.race([Promise.all(answers), sleep(10_000)]);
    expect(over?.filter((answer) => answer.startsWith("HTTP/1.1 200")).length).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
  });

  test("the workers end when their parent is killed", async () => {
    const { server } = await start();
    const workers = workersOf(server);
    const over = once(server.process, "exit");
    server.process.kill("SIGKILL");
    await over;
    await expect.poll(() => workers.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });

  test("a port that is taken ends the start with a sentence", async () => {
    const { env, server } = await start();
    const { port } = new URL(server.url);
    await expect(serve({ ...env, PORT: port })).rejects.toThrow(/another process has this port/);
    await server.stop();
  });
});

async function start(settings: Readonly<Record<string, string>> = {}) {
  const env = { ...(await ownDatabase()), ALTALUNE_WORKERS: "2", ...settings };
  const server = await serve(env);
  return { env, server, clients: createClients(transportTo(server.url, server.rootKey())) };
}

async function verify(server: Serving, key: string): Promise<Response> {
  return fetch(`${server.url}/altalune.v1.VerificationService/VerifyApiKey`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${server.rootKey()}`,
      "content-type": "application/json",
      connection: "close",
    },
    body: JSON.stringify({ key }),
  });
}

/** The processes that the server has started, oldest first. */
/** @returns what came until the connection was closed; empty: it was closed without an answer */
async function answerOverNewConnection(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  return text(socket).catch(() => "");
}

function workersOf(server: Serving): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === server.process.pid)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /State:\s+Z/.test(status) ? undefined : Number(/PPid:\s+(\d+)/.exec(status)?.[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  return parentOf(String(pid)) !== undefined;
}
