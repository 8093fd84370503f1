import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buf } from "../../support/buf.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { type Ran, runTool } from "./run.js";

let instance: TestInstance;
beforeAll(async () => {
  instance = await startTestInstance();
});
afterAll(() => instance.stop());

/** Ways to reach the one port. Reflection itself is always asked by HTTP/2, which it needs to stream both ways. */
const ways = [
  ["gRPC", ["--protocol", "grpc", "--http2-prior-knowledge"]],
  ["gRPC-Web over HTTP/2", ["--protocol", "grpcweb", "--http2-prior-knowledge"]],
  ["gRPC-Web", ["--protocol", "grpcweb"]],
  ["Connect over HTTP/2", ["--protocol", "connect", "--http2-prior-knowledge"]],
  ["Connect", ["--protocol", "connect"]],
] as const;

describe.each(ways)("buf curl, with no schema, by %s", (_name, flags) => {
  const curl = (...args: string[]) => runTool(buf, ["curl", ...flags, ...args]);
  const call = (method: string, data: object, rootKey = instance.rootKey) =>
    curl(
      ...["--header", `Authorization: Bearer ${rootKey}`, "--data", JSON.stringify(data)],
      `${instance.url}/altalune.v1.${method}`,
    );

  test("lists the services and their methods", async () => {
    const services = await curl("--list-services", instance.url);
    expect(services.stdout.trim().split("\n")).toEqual([
      "altalune.v1.ApiKeyService",
      "altalune.v1.AuditService",
      "altalune.v1.ExposureService",
      "altalune.v1.MyApiKeyService",
      "altalune.v1.PortalService",
      "altalune.v1.ProjectService",
      "altalune.v1.TierService",
      "altalune.v1.UsageService",
      "altalune.v1.UserService",
      "altalune.v1.VerificationService",
      "altalune.v1.WebhookService",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
    const methods = await curl("--list-methods", instance.url);
    expect(methods.stdout).toContain("altalune.v1.ApiKeyService/RotateApiKey\n");
    expect(methods.stdout).toContain("altalune.v1.VerificationService/VerifySignedRequest\n");
  });

  test("creates a project and a key, verifies it, revokes it and sees it refused", async () => {
    const created = await call("ProjectService/CreateProject", { name: "Orders", keyPrefix: "ord_" });
    const projectId = JSON.parse(created.stdout).project.id as string;
    expect(projectId).toMatch(/^[2-9a-z]{14}$/);
    const expiration = new Date(Date.now() + 86_400_000).toISOString();
    const issued = await call("ApiKeyService/CreateApiKey", { projectId, name: "checkout", expiration });
    const { apiKey, keyValue } = JSON.parse(issued.stdout);
    expect(keyValue).toMatch(/^ord_/);
    const verify = async () => JSON.parse((await call("VerificationService/VerifyApiKey", { key: keyValue })).stdout);
    expect(await verify()).toMatchObject({ valid: true, code: "VERIFICATION_CODE_VALID", projectId });
    const reason = "REVOCATION_REASON_KEY_COMPROMISED";
    const revoked = await call("ApiKeyService/RevokeApiKey", { projectId, apiKeyId: apiKey.id, reason });
    expect(JSON.parse(revoked.stdout).apiKey).toMatchObject({ status: "API_KEY_STATUS_REVOKED" });
    expect(await verify()).toMatchObject({ code: "VERIFICATION_CODE_REVOKED" });
  });

  test("reads an error with its details", async () => {
    const missing = await call("ProjectService/GetProject", { projectId: "23456789abcdef" });
    expect(missing.code).not.toBe(0);
    expect(denial(missing)).toMatchObject({ code: "not_found", type: "google.rpc.ErrorInfo" });
    expect(denial(missing).detail).toContain("PROJECT_NOT_FOUND");
    const invalid = await call("ProjectService/CreateProject", { name: "x" });
    expect(denial(invalid)).toMatchObject({ code: "invalid_argument", type: "buf.validate.Violations" });
    expect(denial(invalid).detail).toContain("string.min_len");
    const closed = await call("ProjectService/QueryProjects", {}, "no-such-root-key-but-long-enough-to-be-one");
    expect(denial(closed)).toMatchObject({ code: "unauthenticated", type: "google.rpc.ErrorInfo" });
    expect(denial(closed).detail).toContain("ROOT_KEY_INVALID");
  });
});

/** What buf printed of an error: its code, and its one detail with the bytes that it came in. */
function denial({ stderr }: Ran): { code: string; type: string; detail: string } {
  const { code, details } = JSON.parse(stderr);
  return { code, type: details[0].type, detail: Buffer.from(details[0].value, "base64").toString() };
}

test("buf curl says in a sentence that there is no such method", async () => {
  const args = ["curl", "--http2-prior-knowledge", "--data", "{}", `${instance.url}/altalune.v1.ApiKeyService/Nothing`];
  const { code, stderr } = await runTool(buf, args);
  expect(code).not.toBe(0);
  expect(stderr).toContain("Nothing");
});

test("a key of one way is a key of all", async () => {
  const projectId = await newProject(instance.clients);
  const { value } = await newApiKey(instance.clients, projectId);
  const verdicts = await Promise.all(
    ways.map(async ([, flags]) => {
      const header = `Authorization: Bearer ${instance.rootKey}`;
      const target = `${instance.url}/altalune.v1.VerificationService/VerifyApiKey`;
      const data = JSON.stringify({ key: value });
      return JSON.parse((await runTool(buf, ["curl", ...flags, "-H", header, "-d", data, target])).stdout).valid;
    }),
  );
  expect(verdicts).toEqual(ways.map(() => true));
});
