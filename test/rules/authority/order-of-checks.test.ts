import { describe, expect } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { transports } from "../server/clients.js";
import { bearer, outcomeOf, permissionMissing, projectNotFound, rootKeyInvalid } from "./call.js";
import { nameOf, operatorRpcs, ownerRpcs } from "./every-rpc.js";
import { newRootKey } from "./root-keys.js";
import { undecodableCalls } from "./undecodable.js";

let altalune: TestInstance;
let projectId: string;
let powerless: string;
let limited: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  powerless = (await newRootKey(altalune, { scopes: ["usage:read"] })).value;
  limited = (await newRootKey(altalune, { projects: [await newProject(altalune.clients)] })).value;
});

describe.each(transports)("over %s", (_name, open) => {
  const updateProject = ProjectService.method.updateProject;
  const update = (request: { projectId: string; name: string }, rootKey?: string) =>
    outcomeOf(open(altalune.url).unary(updateProject, undefined, undefined, rootKey ? bearer(rootKey) : {}, request));

  test("the key comes before the scope, the scope before the rules, the rules before the reach", async () => {
    const bad = { projectId, name: "x" };
    expect(await update(bad)).toMatchObject(rootKeyInvalid);
    expect(await update(bad, powerless)).toMatchObject(permissionMissing);
    expect(await update(bad, limited)).toMatchObject({ code: "InvalidArgument" });
    expect(await update({ projectId, name: "good" }, limited)).toMatchObject(projectNotFound);
    expect(await update({ projectId, name: "good" }, altalune.rootKey)).toMatchObject({ code: "ok" });
  });
});

describe.each(Object.entries(undecodableCalls))("a body that is no message, over %s", (_protocol, send) => {
  const { typeName } = ProjectService;
  const rpc = `/${typeName}/CreateProject`;

  test("is read by nobody before the key and its scope are known", async () => {
    expect(await send(altalune.url, rpc, {})).toBe(16);
    expect(await send(altalune.url, rpc, bearer("made-up"))).toBe(16);
    expect(await send(altalune.url, rpc, bearer(powerless))).toBe(7);
    expect(await send(altalune.url, rpc, bearer(limited))).toBe(7);
    expect(await send(altalune.url, rpc, bearer(altalune.rootKey))).toBe(3);
  });
});

test.each([...operatorRpcs, ...ownerRpcs].map((method) => [nameOf(method), method] as const))(
  "%s does not look at a body before it knows the key and its scope",
  async (_name, method) => {
    const rpc = `/${method.parent.typeName}/${method.name}`;
    const { value: none } = await newRootKey(altalune, { scopes: ["nothing"] });
    for (const [protocol, send] of Object.entries(undecodableCalls)) {
      expect({ protocol, code: await send(altalune.url, rpc, {}) }).toEqual({ protocol, code: 16 });
      expect({ protocol, code: await send(altalune.url, rpc, bearer(none)) }).toEqual({ protocol, code: 7 });
    }
  },
);

test.each([
  ["nothing", ""],
  ["half an object", '{"projectId":'],
  ["a list", "[]"],
  ["a number", "5"],
  ["null", "null"],
  ["a field that there is not", '{"nope":1}'],
  ["a wrong type", '{"projectId":[]}'],
  ["a page without end", "[".repeat(5000)],
])("JSON that is %s is the caller's fault only once the caller is known", async (_what, body) => {
  const send = async (headers: Record<string, string>) => {
    const answer = await fetch(`${altalune.url}/altalune.v1.ProjectService/GetProject`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    return ((await answer.json()) as { code: string }).code;
  };
  expect(await send({})).toBe("unauthenticated");
  expect(await send(bearer(powerless))).toBe("permission_denied");
  expect(await send(bearer(altalune.rootKey))).toBe("invalid_argument");
});
