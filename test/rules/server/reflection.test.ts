import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { public_id } from "../../../gen/altalune/v1/rules_pb.js";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as AlphaReflection } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { buf } from "../../support/buf.js";
import { mount, start } from "./start.js";

const run = promisify(execFile);

const noGate = async () => {
  throw new Error("the gate was asked");
};

describe.each([
  ["v1", ServerReflection],
  ["v1alpha", AlphaReflection],
])("%s", (_name, service) => {
  const ask = async (...messageRequests: Question[]) => {
    const { url } = await start({ requestGate: noGate });
    const reflection = createClient(service as typeof ServerReflection, createGrpcTransport({ baseUrl: url }));
    const requests = (async function* () {
      for (const messageRequest of messageRequests) {
        yield { messageRequest };
      }
    })();
    const answers = [];
    for await (const { messageResponse } of reflection.serverReflectionInfo(requests)) {
      answers.push(messageResponse);
    }
    return answers;
  };

  test("lists the services", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    expect(answer).toMatchObject({ case: "listServicesResponse" });
    expect(JSON.stringify(answer)).toContain("altalune.v1.ApiKeyService");
    expect(JSON.stringify(answer)).toContain("grpc.health.v1.Health");
  });

  test.each([
    ["fileContainingSymbol", "altalune.v1.ProjectService"],
    ["fileContainingSymbol", "altalune.v1.ProjectService.CreateProject"],
    ["fileContainingSymbol", "altalune.v1.CreateProjectRequest.name"],
    ["fileContainingSymbol", "altalune.v1.SORT_ORDER_ASC"],
    ["fileContainingSymbol", "buf.validate.field"],
    ["fileByFilename", "altalune/v1/api_key.proto"],
    ["fileContainingSymbol", "altalune.v1.key_name"],
    ["fileByFilename", "altalune/v1/rules.proto"],
    ["fileByFilename", "buf/validate/validate.proto"],
    ["fileByFilename", "google/protobuf/field_mask.proto"],
  ] as const)("answers %s %s with a file and all that it imports", async (kind, value) => {
    const [answer] = await ask({ case: kind, value });
    const descriptors = answer?.case === "fileDescriptorResponse" ? answer.value.fileDescriptorProto : [];
    const files = descriptors.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    expect(files.length).toBeGreaterThan(0);
    const set = create(FileDescriptorSetSchema, { file: files.reverse() });
    expect(() => createFileRegistry(set)).not.toThrow();
  });

  test("tells of extensions", async () => {
    const [numbers, file, none] = await ask(
      { case: "allExtensionNumbersOfType", value: "google.protobuf.FieldOptions" },
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FieldOptions", extensionNumber: 1159 },
      },
      { case: "allExtensionNumbersOfType", value: "no.such.Message" },
    );
    expect(numbers?.value).toMatchObject({ extensionNumber: expect.arrayContaining([1159]) });
    expect(file?.case).toBe("fileDescriptorResponse");
    expect(none?.value).toMatchObject({ errorCode: Code.NotFound });
  });

  test("tells of the rules that our own requests share", async () => {
    const [numbers, file] = await ask(
      { case: "allExtensionNumbersOfType", value: "buf.validate.StringRules" },
      {
        case: "fileContainingExtension",
        value: { containingType: "buf.validate.StringRules", extensionNumber: public_id.number },
      },
    );
    expect(numbers?.value).toMatchObject({ extensionNumber: expect.arrayContaining([public_id.number]) });
    expect(file?.case).toBe("fileDescriptorResponse");
  });

  test("says what it does not have, and goes on", async () => {
    const [none, nothing, list] = await ask(
      { case: "fileContainingSymbol", value: "no.such.Symbol" },
      { case: undefined },
      { case: "listServices", value: "" },
    );
    expect(none).toMatchObject({ case: "errorResponse", value: { errorCode: Code.NotFound } });
    expect(nothing).toMatchObject({ case: "errorResponse", value: { errorCode: Code.InvalidArgument } });
    expect(list?.case).toBe("listServicesResponse");
  });

  test("does not send a secret back", async () => {
    const asked = ask({ case: "fileContainingSymbol", value: newSecret("sk-") });
    await expect(asked).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});

type Question =
  | { case: "listServices" | "fileContainingSymbol" | "fileByFilename" | "allExtensionNumbersOfType"; value: string }
  | { case: "fileContainingExtension"; value: { containingType: string; extensionNumber: number } }
  | { case: undefined };

test.each(["connect", "grpc", "grpcweb"])("buf curl needs no schema, over %s", async (protocol) => {
  const { url } = await start({ routes: mount({ project: { createProject: ({ name }) => ({ project: { name } }) } }) });
  const target = `${url}/altalune.v1.ProjectService/CreateProject`;
  const args = ["curl", "--http2-prior-knowledge", "--protocol", protocol, "-d", '{"name":"orders"}', target];
  const { stdout } = await run(buf, args);
  expect(JSON.parse(stdout)).toEqual({ project: { name: "orders" } });
});

test("buf curl lists the methods", async () => {
  const { url } = await start();
  const { stdout } = await run(buf, ["curl", "--http2-prior-knowledge", "--list-methods", url]);
  expect(stdout).toContain("altalune.v1.ApiKeyService/CreateApiKey");
  expect(stdout).toContain("grpc.health.v1.Health/Check");
});
