import { createClient, type HandlerContext } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { callContextKey, principalLabelKey } from "../../../src/server/call/call-context.js";
import { createClientAddressResolver } from "../../../src/server/http/client-address.js";
import { post } from "./clients.js";
import { mount, start } from "./start.js";

const path = "/altalune.v1.ProjectService/CreateProject";
const body = '{"name":"orders"}';

describe("request ids", () => {
  test("each response has one of its own", async () => {
    const { url } = await start();
    const ids = new Set<string | null>();
    for (const target of ["/healthz", "/readyz", "/metrics", "/nothing", path]) {
      ids.add((await fetch(url + target, { method: target === path ? "POST" : "GET" })).headers.get("x-request-id"));
    }
    expect(ids.size).toBe(5);
    expect(ids).not.toContain(null);
  });

  test("the caller's own is kept, and known to the gate, the handler and the log", async () => {
    const seen: string[] = [];
    const note = (context: HandlerContext) => {
      seen.push(context.values.get(callContextKey).requestId);
      return {};
    };
    const { url, logged } = await start({
      requestGate: async (context) => void note(context),
      routes: mount({ project: { createProject: (_request, context) => note(context) } }),
    });
    const answer = await post(url + path, body, { "x-request-id": "order-7_a.b" });
    expect(answer.headers.get("x-request-id")).toBe("order-7_a.b");
    expect(seen).toEqual(["order-7_a.b", "order-7_a.b"]);
    expect(logged()).toContain('"request_id":"order-7_a.b"');
  });

  test.each([
    ["it is too long", "x".repeat(65)],
    ["it holds other characters", "a b"],
    ["it holds a secret", newSecret("sk-")],
  ])("the caller's own is replaced when %s", async (_name, id) => {
    const { url, logged } = await start();
    const answer = await post(url + path, body, { "x-request-id": id });
    expect(answer.headers.get("x-request-id")).toMatch(/^[\w-]{21}$/);
    expect(logged()).not.toContain(id);
  });
});

describe("source addresses", () => {
  test.each([
    ["a stranger's header is not believed", [], "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["a trusted proxy's is", ["203.0.113.0/24"], "203.0.113.9", "198.51.100.1", "198.51.100.1"],
    ["only what trusted proxies wrote is", ["203.0.113.9"], "203.0.113.9", "10.0.0.1, 198.51.100.1", "198.51.100.1"],
    ["several proxies are walked", ["203.0.113.0/24"], "203.0.113.9", "198.51.100.1, 203.0.113.8", "198.51.100.1"],
    [
      "a malformed entry ends the walk",
      ["203.0.113.0/24"],
      "203.0.113.9",
      "198.51.100.1, what, 203.0.113.8",
      "203.0.113.8",
    ],
    ["octal forms are malformed", ["203.0.113.0/24"], "203.0.113.9", "0177.0.0.1", "203.0.113.9"],
    [
      "a list of trusted proxies alone gives the first of them",
      ["203.0.113.0/24"],
      "203.0.113.9",
      "203.0.113.7",
      "203.0.113.7",
    ],
    ["without a header it is the proxy", ["203.0.113.0/24"], "203.0.113.9", undefined, "203.0.113.9"],
    [
      "an IPv4 address in IPv6 clothes is IPv4",
      ["203.0.113.0/24"],
      "::ffff:203.0.113.9",
      "::ffff:198.51.100.1",
      "198.51.100.1",
    ],
    ["a port is no part of it", ["203.0.113.9"], "203.0.113.9", "203.0.113.7:54321", "203.0.113.7"],
    ["nor are brackets", ["203.0.113.9"], "203.0.113.9", "[2001:db8::7]:443", "2001:db8::7"],
    ["nor brackets alone", ["203.0.113.9"], "203.0.113.9", "[2001:db8::7]", "2001:db8::7"],
    ["IPv4 ranges in IPv6 clothes match", ["::ffff:10.0.0.0/104"], "10.1.2.3", "198.51.100.1", "198.51.100.1"],
    ["loopback is both families", ["loopback"], "::1", "127.0.0.2, 2001:db8::1", "2001:db8::1"],
    ["IPv6 ranges match", ["2001:db8::/32"], "2001:db8::5", "198.51.100.1", "198.51.100.1"],
    ["the zone of a socket's address is dropped", [], "fe80::1%eth0", undefined, "fe80::1"],
    ["the zone of a forwarded address is dropped", ["loopback"], "127.0.0.1", "fe80::1%eth0", "fe80::1"],
    ["a zone of a kilobyte is dropped too", ["loopback"], "::1", `fe80::1%${"z".repeat(1024)}`, "fe80::1"],
    ["a proxy is trusted whatever its zone", ["fe80::/10"], "fe80::1%eth0", "198.51.100.1", "198.51.100.1"],
    ["a socket without an address is unknown", ["loopback"], undefined, "198.51.100.1", "unknown"],
  ])("%s", (_name, trusted, socket, forwarded, expected) => {
    expect(createClientAddressResolver(trusted).addressOf(socket, forwarded)).toBe(expected);
  });

  test.each([
    ["for=198.51.100.1", "198.51.100.1"],
    ["For=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"],
    ['proto=https; for="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"],
    ["for=192.0.2.1, for=198.51.100.17:80, for=203.0.113.8", "198.51.100.17"],
    ['for="a,b;for=192.0.2.9", for=198.51.100.17', "198.51.100.17"],
    ["for=unknown", "203.0.113.9"],
    ["for=_hidden, for=203.0.113.8", "203.0.113.8"],
    ["proto=https", "203.0.113.9"],
    // A caller who opens a quote does not hide what the proxy has appended.
    ['for="192.0.2.9, for=198.51.100.17', "198.51.100.17"],
    [`for="${"x".repeat(600)}", for=198.51.100.17`, "198.51.100.17"],
  ])("Forwarded is understood: %s", (forwarded, expected) => {
    expect(createClientAddressResolver(["203.0.113.0/24"]).addressOf("203.0.113.9", undefined, forwarded)).toBe(
      expected,
    );
  });

  test.each([
    ["no proxy is trusted", [], "203.0.113.9", "198.51.100.1", undefined],
    ["another proxy is trusted", ["203.0.113.9"], "203.0.113.8", "198.51.100.1", undefined],
    ["a trusted proxy says nothing", ["203.0.113.9"], "203.0.113.9", undefined, undefined],
    ["a trusted proxy says no address", ["203.0.113.9"], "203.0.113.9", "somebody", undefined],
    ["a trusted proxy says itself", ["203.0.113.9"], "203.0.113.9", "203.0.113.9", undefined],
    ["a proxy is trusted whatever its zone", ["fe80::/10"], "fe80::1%eth0", "198.51.100.1", "198.51.100.1"],
    ["a trusted proxy says who is behind it", ["203.0.113.9"], "203.0.113.9", "198.51.100.1", "198.51.100.1"],
  ])(
    "what was forwarded is known where somebody who is trusted says it: %s",
    (_name, trusted, socket, told, expected) => {
      expect(createClientAddressResolver(trusted).forwardedOf(socket, told)).toBe(expected);
    },
  );

  test("who is connected is trusted where that address is named", () => {
    expect(createClientAddressResolver([]).trusts("127.0.0.1")).toBe(false);
    expect(createClientAddressResolver(["loopback"]).trusts("127.0.0.1")).toBe(true);
    expect(createClientAddressResolver(["loopback"]).trusts(undefined)).toBe(false);
  });

  test("what one header says is not taken for what another has said before", () => {
    const { addressOf: resolve } = createClientAddressResolver(["203.0.113.9"]);
    expect(resolve("203.0.113.9", undefined, "for=198.51.100.1")).toBe("198.51.100.1");
    expect(resolve("203.0.113.9", "undefined", "for=198.51.100.1")).toBe("203.0.113.9");
    expect(resolve("203.0.113.9", "198.51.100.1", "a b")).toBe("198.51.100.1");
    expect(resolve("203.0.113.9", "198.51.100.1 a", "b")).toBe("203.0.113.9");
  });

  test("of both headers X-Forwarded-For counts, and of a stranger none", () => {
    const { addressOf: resolve } = createClientAddressResolver(["203.0.113.9"]);
    expect(resolve("203.0.113.9", "198.51.100.1", "for=198.51.100.2")).toBe("198.51.100.1");
    expect(resolve("192.0.2.1", undefined, "for=198.51.100.2")).toBe("192.0.2.1");
  });

  test("a proxy that is no address is refused at start", () => {
    expect(() => createClientAddressResolver(["proxy.example"])).toThrow(/proxy.example/);
  });

  test("it reaches the handler and the log", async () => {
    let seen = "";
    const { url, logged } = await start({
      trustedProxies: ["loopback"],
      routes: mount({
        project: {
          createProject: (_request, context) => {
            seen = context.values.get(callContextKey).clientAddress;
            return {};
          },
        },
      }),
    });
    await post(url + path, body, { "x-forwarded-for": "198.51.100.1" });
    expect(seen).toBe("198.51.100.1");
    expect(logged()).toContain('"source":"198.51.100.1"');
    await post(url + path, body, { "x-forwarded-for": `fe80::1%${"z".repeat(1024)}` });
    expect(seen).toBe("fe80::1");
    expect(logged()).not.toContain("zzz");
  });
});

describe("the log", () => {
  test("has one line a request, of known words only", async () => {
    const secret = newSecret("sk-");
    const { url, logged } = await start({
      requestGate: async (context) => void context.values.set(principalLabelKey, "root_key:abc"),
      routes: mount({ project: { createProject: () => ({}) } }),
    });
    await post(`${url}${path}?key=${secret}`, body, { authorization: `Bearer ${secret}`, "user-agent": secret });
    await post(`${url}/${secret}?${secret}`, body);
    await createClient(ProjectService, createConnectTransport({ baseUrl: url, httpVersion: "2" })).createProject({
      name: "orders",
    });
    const lines = logged()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      {
        method: "altalune.v1.ProjectService/CreateProject",
        protocol: "connect",
        code: "ok",
        principal: "root_key:abc",
      },
      { method: "unknown", protocol: "http", code: "http_404" },
      { method: "altalune.v1.ProjectService/CreateProject", protocol: "connect", code: "ok" },
    ]);
    expect(Object.keys(lines[1] ?? {}).sort()).toEqual(
      ["code", "duration_ms", "level", "method", "protocol", "request_id", "source", "time"].sort(),
    );
    expect(logged()).not.toContain(secret);
  });
});
