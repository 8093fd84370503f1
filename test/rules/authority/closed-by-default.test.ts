import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import { EmptySchema, FileDescriptorProtoSchema, file_google_protobuf_empty } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import { ownerPermissions } from "../../../src/domain/principal/model.js";
import { rootKeyScopes } from "../../../src/domain/root_key/model.js";
import { credentialResolvers } from "../../../src/server/authority/credentials/resolvers.js";
import { createAuthorityGate } from "../../../src/server/authority/gate.js";
import { rpcRule } from "../../../src/server/call/rpc-table.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { start } from "../server/start.js";
import { bearer, connectTo, outcomeOf } from "./call.js";
import { everyRpc, everyService, nameOf, operatorRpcs, ownerRpcs } from "./every-rpc.js";
import { goodRequest } from "./requests.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

test("every rpc of the contract says which scope it needs, or which permission of an owner, but for one that is open", () => {
  expect(everyService.length).toBeGreaterThanOrEqual(6);
  expect(everyRpc.length).toBe(everyService.flatMap(({ methods }) => methods).length);
  for (const method of operatorRpcs) {
    expect(rootKeyScopes, nameOf(method)).toContain(rpcRule(method)?.scope);
  }
  for (const method of ownerRpcs) {
    expect(ownerPermissions, nameOf(method)).toContain(rpcRule(method)?.permission);
  }
  const others = everyRpc.filter((method) => !operatorRpcs.includes(method) && !ownerRpcs.includes(method));
  expect(others.map(nameOf)).toEqual(["ExposureService/ReportExposedKey", "PortalService/ExchangePortalCode"]);
});

test("every scope that a root key can have opens an rpc", () => {
  const asked = new Set(operatorRpcs.map((method) => rpcRule(method)?.scope));
  expect([...asked].sort()).toEqual([...rootKeyScopes].sort());
});

test("what changes something asks for a write scope, and what reads for another", () => {
  for (const method of operatorRpcs) {
    const writes =
      /^(Create|Update|Delete|Activate|Deactivate|Revoke|Rotate|Claim|Upsert|End|Invite|Send|Redeliver)/.test(
        method.name,
      );
    expect(rpcRule(method)?.scope?.endsWith(":write"), nameOf(method)).toBe(writes);
  }
});

test("every rpc of the contract is known to these tests", () => {
  const target = { projectId: "x".repeat(14), apiKeyId: "x".repeat(14), presentedKey: "sk-x" };
  for (const method of everyRpc) {
    expect(() => goodRequest(method, target)).not.toThrow();
  }
});

test("a service that nobody gave scopes to is closed, to the first root key too", async () => {
  const forgotten = forgottenService();
  let reached = false;
  const { url } = await start({
    requestGate: createAuthorityGate(credentialResolvers(altalune.services)),
    routes: (router) =>
      void router.service(forgotten, {
        open: () => {
          reached = true;
          return {};
        },
      }),
  });
  const send = (headers: Record<string, string>) =>
    outcomeOf(connectTo(url).unary(forgotten.method.open, undefined, undefined, headers, {}));
  expect(await send({})).toMatchObject({ code: "Unauthenticated" });
  expect(await send(bearer(altalune.rootKey))).toMatchObject({ code: "PermissionDenied" });
  expect(reached).toBe(false);
});

type ForgottenService = GenService<{
  open: { methodKind: "unary"; input: typeof EmptySchema; output: typeof EmptySchema };
}>;

/** A service in our package that somebody added, and forgot to give scopes to. */
function forgottenService(): ForgottenService {
  const file = create(FileDescriptorProtoSchema, {
    name: "altalune/v1/forgotten.proto",
    package: "altalune.v1",
    syntax: "proto3",
    dependency: [file_google_protobuf_empty.proto.name],
    service: [
      {
        name: "ForgottenService",
        method: [{ name: "Open", inputType: `.${EmptySchema.typeName}`, outputType: `.${EmptySchema.typeName}` }],
      },
    ],
  });
  const registry = createFileRegistry(file, () => file_google_protobuf_empty);
  const service = registry.getService("altalune.v1.ForgottenService");
  if (service === undefined) {
    throw new Error("the forgotten service is not in its registry");
  }
  return service as ForgottenService;
}
