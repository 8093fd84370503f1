import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { rootKeyScopes } from "../../../src/domain/root_key/model.js";
import { rpcRule } from "../../../src/server/call/rpc-table.js";
import { newApiKey, newProject, newUser } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { letRotate } from "../../support/rotation.js";
import { newWebhook } from "../../support/webhooks.js";
import { bearer, call, connectTo, facesOf, permissionMissing, projectNotFound } from "./call.js";
import { nameOf, operatorRpcs, ownerRpcs } from "./every-rpc.js";
import type { Target } from "./requests.js";
import { newRootKey } from "./root-keys.js";

const unknown = { code: VerificationCode.NOT_FOUND, projectId: "" };

/** What rpcs answer, where it is no denial, to a root key that is limited to a project which is not the one asked for. */
const answersElsewhere: Readonly<Record<string, (elsewhere: string) => object>> = {
  "ProjectService/QueryProjects": (elsewhere) => ({ data: [{ id: elsewhere }] }),
  "ApiKeyService/FindApiKeys": () => ({ data: [] }),
  "TierService/QueryTiers": () => ({ meta: { rowCount: 3 } }),
  "VerificationService/VerifyApiKey": () => unknown,
  "VerificationService/BatchVerifyApiKeys": () => ({ responses: [unknown] }),
  "VerificationService/VerifySignedRequest": () => unknown,
};

let altalune: TestInstance;
let elsewhere: string;
beforeAll(async () => {
  altalune = await startTestInstance();
  elsewhere = await newProject(altalune.clients);
});
afterAll(() => altalune.stop());

const rpcsByFace = ["Connect", "REST"].flatMap((face) => operatorRpcs.map((rpc) => [nameOf(rpc), face, rpc] as const));

describe.each(rpcsByFace)("%s over %s", (name, face, method) => {
  const scope = rpcRule(method)?.scope ?? "projects:read";
  const everyProject = rpcRule(method)?.everyProject === true;
  let target: Target;
  beforeAll(async () => {
    const projectId = await newProject(altalune.clients);
    const { id, value } = await newApiKey(altalune.clients, projectId);
    target = {
      projectId,
      apiKeyId: id,
      presentedKey: value,
      userId: await newUser(altalune.clients),
      ...(await newWebhook(altalune.clients, projectId)),
    };
    if (name === "ApiKeyService/ClaimRotatedKey") {
      await letRotate(altalune, id);
    }
  });
  const callWith = async (scopes: readonly string[], projects?: readonly string[]) => {
    const { value } = await newRootKey(altalune, { scopes, projects });
    const transport = new Map(facesOf(altalune.url)).get(face) ?? connectTo(altalune.url);
    return call(transport, method, target, bearer(value));
  };

  test("is refused to a root key that has every scope but the one it needs", async () => {
    const others = rootKeyScopes.filter((other) => other !== scope);
    const outcome = await callWith(others);
    // Over REST the scope stands in the sentence alone.
    expect(outcome).toMatchObject({ ...permissionMissing, ...(face === "Connect" && { metadata: { scope } }) });
  });

  test("is refused to a root key that is limited to another project", async () => {
    const outcome = await callWith(["*"], [elsewhere]);
    const answer = answersElsewhere[name];
    if (answer !== undefined) {
      expect(outcome).toMatchObject({ code: "ok", message: answer(elsewhere) });
    } else {
      expect(outcome).toMatchObject(everyProject ? permissionMissing : projectNotFound);
    }
  });

  test("is open to a root key that is limited to its project, or for all of them to none", async () => {
    const outcome = await callWith([scope], everyProject ? undefined : [elsewhere, target.projectId]);
    expect(outcome.code).toBe("ok");
  });
});

test.for(ownerRpcs.map((method) => [nameOf(method), method] as const))(
  "%s is closed to root keys, whatever their scopes",
  async ([_name, method]) => {
    const target = { projectId: elsewhere, apiKeyId: "x".repeat(14), presentedKey: "sk-x" };
    for (const [, transport] of facesOf(altalune.url)) {
      expect(await call(transport, method, target, bearer(altalune.rootKey))).toMatchObject(permissionMissing);
    }
  },
);

test("each of these denials came before the call did anything", async () => {
  const projectId = await newProject(altalune.clients);
  const { id } = await newApiKey(altalune.clients, projectId);
  const target = { projectId, apiKeyId: id, presentedKey: "sk-x" };
  const { value: powerless } = await newRootKey(altalune, { scopes: ["usage:read"] });
  const { value: other } = await newRootKey(altalune, { projects: [elsewhere] });
  const before = await altalune.clients.audit.verifyAuditTrail({ projectId });
  for (const method of operatorRpcs.filter((rpc) => rpcRule(rpc)?.scope?.endsWith(":write"))) {
    for (const rootKey of [powerless, other]) {
      expect(await call(connectTo(altalune.url), method, target, bearer(rootKey))).not.toMatchObject({ code: "ok" });
    }
  }
  expect(await altalune.clients.audit.verifyAuditTrail({ projectId })).toEqual(before);
});

test("the instance's own trail is closed to a root key that is limited to projects", async () => {
  const { value } = await newRootKey(altalune, { projects: [elsewhere] });
  const { audit } = altalune.clientsWith(value);
  await expect(audit.queryAuditEvents({})).rejects.toMatchObject({ code: 7 });
  await expect(audit.verifyAuditTrail({})).rejects.toMatchObject({ code: 7 });
  expect((await audit.queryAuditEvents({ projectId: elsewhere })).data).toHaveLength(1);
});
