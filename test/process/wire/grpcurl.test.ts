import { beforeEach, expect, onTestFinished, test } from "vitest";
import { startTestInstance } from "../../support/instance.js";
import { needTool } from "../../support/tools.js";
import { runTool } from "./run.js";

let grpcurl: string;
beforeEach(({ skip }) => {
  grpcurl = needTool(skip, "grpcurl");
});

async function start() {
  const instance = await startTestInstance();
  onTestFinished(() => instance.stop());
  const address = new URL(instance.url).host;
  const run = (flags: readonly string[], ...args: readonly string[]) =>
    runTool(grpcurl, ["-plaintext", ...flags, address, ...args]);
  return {
    run,
    call: (method: string, data: object, rootKey = instance.rootKey) =>
      run(["-H", `authorization: Bearer ${rootKey}`, "-d", JSON.stringify(data)], method),
  };
}

test("grpcurl lists the services and methods, with no schema", async () => {
  const { run } = await start();
  expect((await run([], "list")).stdout).toMatch(/^altalune\.v1\.ApiKeyService\n(.*\n)*grpc\.health\.v1\.Health\n/);
  const methods = await run([], "list", "altalune.v1.VerificationService");
  expect(methods.stdout.trim().split("\n")).toEqual([
    "altalune.v1.VerificationService.BatchVerifyApiKeys",
    "altalune.v1.VerificationService.VerifyApiKey",
    "altalune.v1.VerificationService.VerifySignedRequest",
  ]);
});

test.each([
  ["altalune.v1.ProjectService.CreateProject", "rpc CreateProject ( .altalune.v1.CreateProjectRequest )"],
  ["altalune.v1.ApiKey", "google.protobuf.Struct metadata = 14"],
  ["altalune.v1.CreateProjectRequest", "(.buf.validate.field) = { string: { [.altalune.v1.project_name]: true } }"],
  ["altalune.v1.project_name", 'expression: "this.size() <= 50"'],
  ["altalune.v1.VerificationCode", "VERIFICATION_CODE_REPLAYED = 9"],
])("grpcurl describes %s, options included", async (symbol, line) => {
  const { run } = await start();
  expect((await run([], "describe", symbol)).stdout).toContain(line);
});

test("grpcurl calls, and reads errors with their details", async () => {
  const { call } = await start();
  const created = await call("altalune.v1.ProjectService/CreateProject", { name: "Orders" });
  expect(JSON.parse(created.stdout)).toMatchObject({ project: { name: "Orders", keyPrefix: "sk-" } });
  const invalid = await call("altalune.v1.ProjectService/CreateProject", { name: "x" });
  expect(invalid.code).not.toBe(0);
  expect(invalid.stderr).toContain("Code: InvalidArgument");
  expect(invalid.stderr).toContain("buf.validate.Violations");
  expect(invalid.stderr).toContain("fieldName");
  const missing = await call("altalune.v1.ProjectService/GetProject", { projectId: "23456789abcdef" });
  expect(missing.stderr).toContain("Code: NotFound");
  expect(missing.stderr).toContain("PROJECT_NOT_FOUND");
  const closed = await call("altalune.v1.ProjectService/QueryProjects", {}, "no such key, but long enough");
  expect(closed.stderr).toContain("Code: Unauthenticated");
});

test("grpcurl finds the server and each service healthy, and no other", async () => {
  const { run } = await start();
  for (const service of ["", "altalune.v1.VerificationService"]) {
    const { stdout } = await run(["-d", JSON.stringify({ service })], "grpc.health.v1.Health/Check");
    expect(JSON.parse(stdout)).toEqual({ status: "SERVING" });
  }
  const { stderr } = await run(["-d", '{"service":"no.such.Service"}'], "grpc.health.v1.Health/Check");
  expect(stderr).toContain("Code: NotFound");
});
