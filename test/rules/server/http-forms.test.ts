import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { exchange } from "./raw.js";
import { mount, start } from "./start.js";

const path = "/altalune.v1.ProjectService/CreateProject";
const routes = mount({
  project: { createProject: ({ name }) => ({ project: { name }, message: "made ".repeat(1000) }) },
});
const body = '{"name":"by http"}';

async function send(head: readonly string[], content: string | Buffer = body): Promise<string> {
  const { url } = await start({ routes });
  const [line = "", ...headers] = head;
  const lines = [line, ...headers, `content-length: ${Buffer.byteLength(content)}`, "connection: close", "", ""];
  const pieces = [lines.join("\r\n"), content];
  return (await exchange(Number(new URL(url).port), pieces)).toString("latin1");
}

const post = (headers: Readonly<Record<string, string>>, content: string | Buffer = body) =>
  send(
    [`POST ${path} HTTP/1.1`, "host: x", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)],
    content,
  );

test("a target in absolute form is served, by its own host", async () => {
  for (const target of [`http://api.example${path}`, `HTTPS://api.example:443${path}`]) {
    const answer = await send([`POST ${target} HTTP/1.1`, "host: other", "content-type: application/json"]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain("by http");
  }
  expect(await send(["GET http://api.example/healthz HTTP/1.1", "host: x"], "")).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  'application/json; charset="utf-8"',
  "application/json ; charset=UTF-8",
  "application/json;charset = utf8",
  "Application/JSON; Charset=Utf-8",
  "application/json;",
])("JSON is JSON however its charset is written: %s", async (type) => {
  expect(await post({ "content-type": type })).toMatch(/^HTTP\/1\.1 200 /);
});

test.each(["gzip", "GZIP", "x-gzip", "X-GZip"])("a coding is one in any case: %s", async (coding) => {
  const sent = await post({ "content-type": "application/json", "content-encoding": coding }, gzipSync(body));
  expect(sent).toMatch(/^HTTP\/1\.1 200 /);
  const { url } = await start({ routes });
  const answer = await exchange(Number(new URL(url).port), [
    `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\naccept-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ]);
  expect(answer.toString("latin1")).toMatch(/content-encoding: gzip/i);
});

describe("every error has a body that says what to do", () => {
  const errorOf = (answer: string) => JSON.parse(answer.split("\r\n\r\n")[1] ?? "");

  test("a method that is not served, with those that are", async () => {
    for (const method of ["PUT", "DELETE", "PATCH"]) {
      const answer = await send([`${method} ${path} HTTP/1.1`, "host: x", "content-type: application/json"]);
      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer).toMatch(/^allow: POST\r$/im);
      expect(errorOf(answer)).toMatchObject({ status: 405, detail: expect.stringContaining("POST") });
    }
  });

  test("a content type that is not served, and a charset that is not UTF-8", async () => {
    for (const type of ["text/plain", "application/json; charset=latin1", "application/xml"]) {
      const answer = await post({ "content-type": type });
      expect(answer).toMatch(/^HTTP\/1\.1 415 /);
      expect(errorOf(answer)).toEqual({
        type: "about:blank",
        title: "Unsupported Media Type",
        status: 415,
        detail: expect.stringContaining("application/json"),
      });
    }
  });

  test("a page of an origin that may not call", async () => {
    const answer = await send(
      [`OPTIONS ${path} HTTP/1.1`, "host: x", "origin: https://other.example", "access-control-request-method: POST"],
      "",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(errorOf(answer)).toMatchObject({ code: "permission_denied" });
  });
});

test("a client of gRPC-Web in base64 is told what to use", async () => {
  const answer = await post({ "content-type": "application/grpc-web-text+proto", "x-grpc-web": "1" }, "AAAAAAA=");
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toMatch(/^grpc-status: 12\r$/im);
  expect(answer).toMatch(/^grpc-message: .*application\/grpc-web\+proto/im);
});

describe("headers that a proxy in front may read otherwise are refused, with the headers of every answer:", () => {
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const json = "content-type: application/json";
  const whole = `content-length: ${body.length}`;
  const verify = "/altalune.v1.VerificationService/VerifyApiKey";
  const raw = async (target: string, headers: readonly string[], content: string) => {
    const { url } = await start({ routes });
    const head = [`POST ${target} HTTP/1.1`, ...headers, "", ""].join("\r\n");
    return (await exchange(Number(new URL(url).port), [head, content])).toString("latin1");
  };

  test.each<readonly [what: string, status: number, target: string, headers: readonly string[], content: string]>([
    ["two hosts", 400, path, ["host: x", "Host: y", json, whole], body],
    ["the same host twice", 400, path, ["host: x", "host: x", json, whole], body],
    ["two hosts of a probe", 400, "/healthz", ["host: x", "HOST: y", whole], body],
    ["two hosts of a verification", 400, verify, ["host: x", "host: y", json, whole], body],
    ["two hosts beside a target in absolute form", 400, `http://x${path}`, ["host: x", "host: y", json, whole], body],
    ["no host", 400, path, [json, whole], body],
    ["two transfer codings", 501, path, ["host: x", json, "transfer-encoding: gzip, chunked"], chunked],
    [
      "two in two lines",
      501,
      path,
      ["host: x", json, "transfer-encoding: gzip", "transfer-encoding: chunked"],
      chunked,
    ],
    ["another expectation", 417, path, ["host: x", json, whole, "expect: foo"], body],
  ])("%s is %d", async (_what, status, target, headers, content) => {
    const answer = await raw(target, headers, content);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/^x-content-type-options: nosniff\r$/im);
    expect(answer).toMatch(/^cache-control: no-store\r$/im);
    expect(answer).toMatch(/^x-request-id: \S+\r$/im);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ message: expect.stringContaining("send") });
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test.each(["chunked", "Chunked"])("the transfer coding %s alone is served", async (coding) => {
    const answer = await raw(path, ["host: x", json, `transfer-encoding: ${coding}`, "connection: close"], chunked);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});
