import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { expect, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { mount, start } from "./start.js";

const path = "/altalune.v1.ProjectService/CreateProject";
const origin = "https://console.example";
const routes = mount({ project: { createProject: ({ name }) => ({ project: { name } }) } });

const preflight = (url: string, from: string) =>
  fetch(url + path, {
    method: "OPTIONS",
    headers: {
      origin: from,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,connect-protocol-version,content-type,x-grpc-web",
    },
  });

/** Fetches as a browser does: asks first, and hides the answer from pages that may not see it. */
function browserFetch(page: string): typeof fetch {
  return async (input, init) => {
    const url = new URL(String(input)).origin;
    const asked = await preflight(url, page);
    const allowed = asked.headers.get("access-control-allow-origin");
    const headers = new Headers(init?.headers);
    const listed = (asked.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/, */);
    const unlisted = [...headers.keys()].filter((name) => name !== "accept" && !listed.includes(name));
    if (!asked.ok || (allowed !== page && allowed !== "*") || unlisted.length > 0) {
      throw new TypeError(`blocked: ${unlisted}`);
    }
    headers.set("origin", page);
    const answer = await fetch(input, { ...init, headers });
    const seen = answer.headers.get("access-control-allow-origin");
    if (seen !== page && seen !== "*") {
      throw new TypeError("hidden");
    }
    return answer;
  };
}

test.each([
  ["Connect", createConnectTransport],
  ["gRPC-Web", createGrpcWebTransport],
])("a page of a listed origin calls by %s, and another does not", async (_name, create) => {
  const { url } = await start({ routes, corsOrigins: [origin] });
  const call = (page: string) =>
    createClient(ProjectService, create({ baseUrl: url, fetch: browserFetch(page) })).createProject(
      { name: "orders" },
      { headers: { authorization: "Bearer x" } },
    );
  expect((await call(origin)).project?.name).toBe("orders");
  await expect(call("https://elsewhere.example")).rejects.toThrow(/blocked/);
  await expect(call("https://console.example.elsewhere.example")).rejects.toThrow(/blocked/);
});

test("a preflight lists what may be sent, and varies by origin", async () => {
  const { url } = await start({ corsOrigins: [origin] });
  const answer = await preflight(url, origin);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  expect(answer.headers.get("access-control-allow-methods")).toContain("POST");
  expect(answer.headers.get("access-control-allow-headers")).toMatch(/Connect-Timeout-Ms.*X-Grpc-Web.*Authorization/i);
  expect(answer.headers.get("vary")).toBe("Origin");
  expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
});

test("an origin that is not listed gets no permission at all", async () => {
  const { url } = await start({ routes, corsOrigins: [origin] });
  const asked = await preflight(url, "https://elsewhere.example");
  expect(asked.status).toBe(403);
  const answer = await fetch(`${url}/healthz`, { headers: { origin: "https://elsewhere.example" } });
  for (const { headers } of [asked, answer]) {
    expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect(headers.get("vary")).toBe("Origin");
  }
});

test("a star lets every origin in", async () => {
  const { url } = await start({ corsOrigins: ["*"] });
  expect((await preflight(url, "https://anything.example")).headers.get("access-control-allow-origin")).toBe("*");
});

test("errors can be read by the page too", async () => {
  const { url } = await start({ corsOrigins: [origin] });
  const answer = await fetch(url + path, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: "{",
  });
  expect(answer.status).toBe(400);
  expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
  expect(answer.headers.get("access-control-expose-headers")).toMatch(/Grpc-Status.*X-Request-Id/);
});
