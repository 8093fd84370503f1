import type { Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { beforeAll, describe, expect } from "vitest";
import { VerificationCode, VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { rootKeyCommand } from "../../../src/cli/root-key.js";
import { runHere } from "../../process/cli/in-process.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { bearer, type Outcome, outcomeOf, permissionMissing, rootKeyInvalid } from "./call.js";
import { newRootKey } from "./root-keys.js";

let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

/** What a server remembers may be answered another way; it must not be answered otherwise. */
describe.each([
  ["JSON", false],
  ["binary", true],
])("the third verification in a row, in %s", (_form, useBinaryFormat) => {
  let transport: Transport;
  beforeAll(() => {
    transport = createConnectTransport({ baseUrl: altalune.url, httpVersion: "1.1", useBinaryFormat });
  });
  const verify = (rootKey: string, presented: string): Promise<Outcome> => {
    const { verifyApiKey } = VerificationService.method;
    return outcomeOf(transport.unary(verifyApiKey, undefined, undefined, bearer(rootKey), { key: presented }));
  };
  const third = async (rootKey: string, presented: string): Promise<Outcome> => {
    await verify(altalune.rootKey, presented);
    await verify(rootKey, presented);
    await verify(rootKey, presented);
    return verify(rootKey, presented);
  };
  const valid = { code: "ok", message: { code: VerificationCode.VALID } };
  const notFound = { code: "ok", message: { code: VerificationCode.NOT_FOUND, projectId: "", name: "" } };

  test("is VALID for a root key that may ask", async () => {
    const { value } = await newRootKey(altalune, { scopes: ["api_keys:verify"], projects: [projectId] });
    expect(await third(value, key)).toMatchObject(valid);
  });

  test("is refused for a root key without the scope", async () => {
    const { value } = await newRootKey(altalune, { scopes: ["api_keys:read", "api_keys:write"] });
    expect(await third(value, key)).toMatchObject(permissionMissing);
  });

  test("is NOT_FOUND for a root key that is limited to another project", async () => {
    const { value } = await newRootKey(altalune, { projects: [await newProject(altalune.clients)] });
    expect(await third(value, key)).toMatchObject(notFound);
  });

  test("is NOT_FOUND for a root key in the place of the key, even its own", async () => {
    const { value } = await newRootKey(altalune);
    expect(await third(value, value)).toMatchObject(notFound);
    expect(await third(value, altalune.rootKey)).toMatchObject(notFound);
  });

  test("is refused with the key of a project in the place of the root key", async () => {
    expect(await third(key, key)).toMatchObject(rootKeyInvalid);
  });

  test("is refused from the moment on that its root key is revoked at the command line", async () => {
    const { id, value } = await newRootKey(altalune);
    expect(await third(value, key)).toMatchObject(valid);
    const env = { DATABASE_URL: altalune.databaseUrl, ALTALUNE_MASTER_KEY: altalune.masterKey };
    await runHere(rootKeyCommand(), ["revoke", id], env);
    expect(await verify(value, key)).toMatchObject(rootKeyInvalid);
  });
});
