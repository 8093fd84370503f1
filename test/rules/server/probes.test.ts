import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { Code, createClient } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../../gen/grpc/health/v1/health_pb.js";
import { client, post, transports } from "./clients.js";
import { mount, start } from "./start.js";

const noGate = async () => {
  throw new Error("the gate was asked");
};

describe("http", () => {
  test("/healthz says that the process lives, /readyz whether it can work", async () => {
    let ready = true;
    const { url } = await start({
      requestGate: noGate,
      readiness: async () => ({ ready, reasons: ready ? [] : ["database"] }),
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
    ready = false;
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 3_000 }).toBe(503);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ ready: false, reasons: ["database"] });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("a check that fails or hangs is not ready", async () => {
    const failing = await start({ readiness: () => Promise.reject(new Error("the cause of it all")) });
    const answer = await fetch(`${failing.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain("the cause of it all");
    let asked = 0;
    const hanging = await start({
      readiness: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    expect((await fetch(`${hanging.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${hanging.url}/readyz`)).status).toBe(503);
    // A question that hangs is asked no second time beside it.
    expect(asked).toBe(1);
  });

  test("many probes are one query of the database", async () => {
    let asked = 0;
    const { url } = await start({
      readiness: async () => {
        asked += 1;
        return { ready: true, reasons: [] };
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/readyz`)));
    expect(asked).toBeLessThanOrEqual(2);
  });

  test.each(["/healthz", "/readyz", "/metrics"])("%s answers HEAD, and other methods with 405", async (path) => {
    const { url } = await start();
    const head = await fetch(url + path, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    const answer = await fetch(url + path, { method: "POST" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  test("HTTP/2 requests without a body, and HEAD, end as they should", async () => {
    const { url, logged } = await start({ corsOrigins: ["*"] });
    const session = connectHttp2(url);
    onTestFinished(() => session.destroy());
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      const headers = { origin: "https://a.example", "access-control-request-method": "POST" };
      const stream = session.request({ ":method": method, ":path": "/healthz", ...headers });
      const [head] = await once(stream, "response");
      expect(head[":status"]).toBe(200);
      stream.resume();
      await once(stream, "close");
    }
    expect(logged().match(/"code":"http_200"/g)).toHaveLength(3);
  });

  test("/metrics counts and times rpcs by method and code, and tells of the process", async () => {
    const { url } = await start({ routes: mount({ project: { createProject: () => ({}) } }) });
    await client(ProjectService, url).createProject({ name: "orders" });
    await post(`${url}/altalune.v1.ProjectService/CreateProject`, "{");
    await post(`${url}/sk-anything`, "{}");
    const text = await (await fetch(`${url}/metrics`)).text();
    const method = "altalune.v1.ProjectService/CreateProject";
    expect(text).toContain(`altalune_rpcs_total{method="${method}",code="ok"} 1`);
    expect(text).toContain(`altalune_rpcs_total{method="${method}",code="invalid_argument"} 1`);
    expect(text).toContain('altalune_rpcs_total{method="unknown",code="http_404"} 1');
    expect(text).toContain(`altalune_rpc_duration_seconds_count{method="${method}",code="ok"} 1`);
    expect(text).toContain("altalune_rpcs_in_flight 0");
    expect(text).toContain("process_cpu_user_seconds_total");
    expect(text).not.toContain("sk-anything");
  });

  test.each(["/healthz", "/nothing", "/altalune.v1.ProjectService/CreateProject"])(
    "%s has the security headers",
    async (path) => {
      const { url } = await start();
      for (const method of ["GET", "POST"]) {
        const { headers } = await fetch(url + path, { method });
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("cache-control")).toBe("no-store");
        expect(headers.get("referrer-policy")).toBe("no-referrer");
        expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
        expect(headers.get("strict-transport-security")).toBeNull();
        expect(headers.get("server")).toBeNull();
        expect(headers.get("x-powered-by")).toBeNull();
      }
    },
  );
});

describe.each(transports)("gRPC health, %s", (_name, open) => {
  test("tells of the server and of each service, without authentication", async () => {
    const { url } = await start({ requestGate: noGate });
    const health = createClient(Health, open(url));
    for (const service of ["", "altalune.v1.ProjectService", "grpc.health.v1.Health"]) {
      expect((await health.check({ service })).status).toBe(Status.SERVING);
    }
    await expect(health.check({ service: "no.such.Service" })).rejects.toMatchObject({ code: Code.NotFound });
  });

  test("a watch is told of a drain at once, and ends with the server", async () => {
    const { url, server } = await start();
    const seen: Status[] = [];
    const health = createClient(Health, open(url));
    const watched = (async () => {
      for await (const { status } of health.watch({})) {
        seen.push(status);
        if (seen.length === 1) {
          await server.drain();
        } else {
          void server.close();
        }
      }
    })();
    await expect(watched).rejects.toMatchObject({ code: Code.Unavailable });
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  });
});

test("a watch of an unknown service stays, and says so", async () => {
  const { url } = await start();
  for await (const { status } of client(Health, url).watch({ service: "no.such.Service" })) {
    expect(status).toBe(Status.SERVICE_UNKNOWN);
    break;
  }
});
