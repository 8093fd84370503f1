import { expect } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { routes } from "../../../src/app/routes.js";
import { commandLineCaller } from "../../../src/domain/caller.js";
import { ownerPermissions, ownerPrincipal } from "../../../src/domain/principal/model.js";
import type { Project } from "../../../src/domain/project/model.js";
import type { CredentialResolver } from "../../../src/server/authority/credentials/resolver.js";
import { credentialResolvers } from "../../../src/server/authority/credentials/resolvers.js";
import { createAuthorityGate } from "../../../src/server/authority/gate.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { start } from "../server/start.js";
import { bearer, call, connectTo, permissionMissing } from "./call.js";
import { nameOf, operatorRpcs } from "./every-rpc.js";

/** A kind of credential that stands in a header of its own, as a session's cookie does. */
const everythingOfAlice = (project: Project): CredentialResolver => ({
  find: ({ headers }) => headers.get("x-alice") ?? undefined,
  resolve: async () => ownerPrincipal({ project, ownerId: "alice", permissions: new Set(ownerPermissions) }),
});

let altalune: TestInstance;
let projectId: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
});

async function startForAlice() {
  const project = await altalune.services.projects.reach(commandLineCaller, projectId);
  const { url } = await start({
    requestGate: createAuthorityGate([...credentialResolvers(altalune.services), everythingOfAlice(project)]),
    routes: routes(altalune.services),
  });
  return url;
}

test("a request with two credentials is refused, whichever of them would do", async () => {
  const target = { projectId, apiKeyId: "x".repeat(14), presentedKey: "sk-x" };
  const both = { ...bearer(altalune.rootKey), "x-alice": "yes" };
  const made = await call(connectTo(await startForAlice()), ProjectService.method.getProject, target, both);
  expect(made).toMatchObject({ code: "Unauthenticated", reason: "TWO_CREDENTIALS" });
});

test("every rpc that is for those who run Altalune is closed to owners of keys, whatever they may do", async () => {
  const url = await startForAlice();
  const target = { projectId, apiKeyId: "x".repeat(14), presentedKey: "sk-x" };
  for (const method of operatorRpcs) {
    const { code, reason } = await call(connectTo(url), method, target, { "x-alice": "yes" });
    expect({ rpc: nameOf(method), code, reason }).toEqual({ rpc: nameOf(method), ...permissionMissing });
  }
});
