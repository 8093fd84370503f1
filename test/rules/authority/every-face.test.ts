import { readdir } from "node:fs/promises";
import type { Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import { VerificationService } from "../../../gen/altalune/v1/verification_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { test } from "../../support/shared-instance.js";
import { checkAt } from "../ext_authz/check.js";
import { askAt } from "../forward_auth/ask.js";
import { bearer } from "./call.js";
import { disabledRootKey, expiredRootKey, newRootKey, revokedRootKey } from "./root-keys.js";

/** Whether a key is good, as whoever holds a root key hears it. Anything but a verdict of VALID is no. */
type Ask = (url: string, rootKey: string | undefined, key: string, projectId: string) => Promise<boolean>;

const byRpc =
  (transportTo: (url: string) => Transport): Ask =>
  async (url, rootKey, key, projectId) => {
    const client = createClient(VerificationService, transportTo(url));
    const headers = rootKey === undefined ? {} : bearer(rootKey);
    return client.verifyApiKey({ key, projectId }, { headers }).then(
      ({ valid }) => valid,
      () => false,
    );
  };

/** What those for gateways share, and no face of its own. */
const shared = "gateway";

/** Takes owners alone, and gives nobody a verdict. */
const ofOwners = "graphql";

/** How each of them is asked. */
const faces: Readonly<Record<string, Ask>> = {
  connect: byRpc((baseUrl) => createGrpcTransport({ baseUrl })),
  unary: byRpc((baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })),
  rest: async (url, rootKey, key, projectId) => {
    const answer = await fetch(`${url}/v1/api_keys:verify`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(rootKey === undefined ? {} : bearer(rootKey)) },
      body: JSON.stringify({ key, projectId }),
    });
    return ((await answer.json()) as { readonly valid?: boolean }).valid === true;
  },
  "ext-authz": async (url, rootKey, key, projectId) => {
    const metadata: Record<string, string> = rootKey === undefined ? {} : { "x-altalune-root-key": rootKey };
    const answer = await checkAt(url, { context: { project_id: projectId }, headers: { "x-api-key": key }, metadata });
    return answer.status?.code === 0;
  },
  "forward-auth": async (url, rootKey, key, projectId) => {
    const headers = rootKey === undefined ? [] : [["X-Altalune-Root-Key", rootKey] as const];
    const query = `project_id=${projectId}`;
    return (await askAt(url, { query, headers: [...headers, ["X-API-Key", key]] })).status === 200;
  },
};

let altalune: TestInstance;
let projectId: string;
let key: string;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
  projectId = await newProject(altalune.clients);
  key = (await newApiKey(altalune.clients, projectId)).value;
});

test("every face of the server is known to these tests", async () => {
  const folders = (await readdir("src/server/faces", { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual([...Object.keys(faces), shared, ofOwners].sort());
});

test.for(Object.keys(faces))(
  "%s gives a verdict to root keys that work, may verify and reach the project, and to no others",
  async (face) => {
    const ask = faces[face] ?? (async () => true);
    const elsewhere = await newProject(altalune.clients);
    const scopes = ["api_keys:verify"];
    const refused = [
      undefined,
      "letmein",
      key,
      newSecret("alt_root_"),
      (await expiredRootKey(altalune)).value,
      (await revokedRootKey(altalune)).value,
      (await disabledRootKey(altalune)).value,
      (await newRootKey(altalune, { scopes: ["api_keys:read", "api_keys:write", "projects:*"] })).value,
      (await newRootKey(altalune, { scopes, projects: [elsewhere] })).value,
    ];
    const accepted = [
      altalune.rootKey,
      (await newRootKey(altalune, { scopes, projects: [elsewhere, projectId] })).value,
    ];
    // The third time at the latest memory answers what it may.
    for (let time = 0; time < 3; time++) {
      for (const rootKey of [...refused, ...accepted]) {
        const heard = await ask(altalune.url, rootKey, key, projectId);
        expect({ rootKey, heard }).toEqual({ rootKey, heard: accepted.includes(rootKey ?? "") });
        expect(await ask(altalune.url, rootKey, newSecret("sk-"), projectId)).toBe(false);
        expect(await ask(altalune.url, rootKey, altalune.rootKey, projectId)).toBe(false);
      }
    }
  },
);

test.for(Object.keys(faces))("%s gives none once the instance stops", async (face) => {
  const ask = faces[face] ?? (async () => true);
  const stopping = await startTestInstance({ beside: altalune, env: { LOG_LEVEL: "warn" } });
  expect(await ask(stopping.url, altalune.rootKey, key, projectId)).toBe(true);
  await stopping.stop();
  await expect(ask(stopping.url, altalune.rootKey, key, projectId).catch(() => false)).resolves.toBe(false);
});
