import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { Code, createClient } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../../gen/grpc/health/v1/health_pb.js";
import { client, transports } from "./clients.js";
import { mount, start } from "./start.js";

const projectId = "23456789abcdef";

/** A server whose getProject answers when it is told to. */
async function startGated(drainTimeoutMs = 5_000) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
  const started = await start({
    drainTimeoutMs,
    routes: mount({
      project: {
        getProject: async () => {
          enter();
          await released;
          return { project: { id: projectId } };
        },
      },
    }),
  });
  return { ...started, entered, release };
}

describe.each(transports)("%s", (_name, open) => {
  test("a drain finishes what it began, refuses what is new, and still answers probes", async () => {
    const { server, url, entered, release } = await startGated();
    const projects = createClient(ProjectService, open(url));
    const inFlight = projects.getProject({ projectId });
    await entered;

    let drained = false;
    const draining = server.drain().then(() => {
      drained = true;
    });
    await expect(projects.getProject({ projectId })).rejects.toMatchObject({ code: Code.Unavailable });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect((await createClient(Health, open(url)).check({})).status).toBe(Status.NOT_SERVING);
    expect(drained).toBe(false);

    release();
    expect((await inFlight).project?.id).toBe(projectId);
    await draining;
    await server.close();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});

test("a drain gives up after its time", async () => {
  const { server, url, entered, logged } = await startGated(200);
  const inFlight = client(ProjectService, url).getProject({ projectId });
  inFlight.catch(() => undefined);
  await entered;
  const before = performance.now();
  await server.drain();
  expect(performance.now() - before).toBeLessThan(1_500);
  expect(logged()).toContain("drain timed out");
});

test("a drain of an idle server is over at once, watches or not", async () => {
  const { server, url } = await start();
  const watch = client(Health, url).watch({})[Symbol.asyncIterator]();
  await watch.next();
  const before = performance.now();
  await server.drain();
  expect(performance.now() - before).toBeLessThan(200);
});

test("closing does not wait for idle connections of any kind, nor for calls that hang", async () => {
  const { server, url, entered } = await startGated();
  const idle = connectHttp2(url);
  const silent = connect(server.port, "127.0.0.1");
  const kept = connect(server.port, "127.0.0.1");
  for (const one of [idle, silent, kept]) {
    one.on("error", () => undefined);
    onTestFinished(() => void one.destroy());
  }
  await Promise.all([once(idle, "connect"), once(silent, "connect")]);
  kept.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(kept, "data");
  const hanging = client(ProjectService, url).getProject({ projectId });
  hanging.catch(() => undefined);
  await entered;

  const before = performance.now();
  await Promise.all([server.close(), server.close()]);
  expect(performance.now() - before).toBeLessThan(2_000);
  await expect(hanging).rejects.toThrow();
});
