import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newApiKey, newProject, newUser } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { newWebhook } from "../../support/webhooks.js";
import { bearer, call, facesOf, ownerCredentialInvalid, rootKeyInvalid } from "./call.js";
import { nameOf, operatorRpcs, ownerRpcs } from "./every-rpc.js";
import type { Target } from "./requests.js";
import { disabledRootKey, expiredRootKey, newRootKey, revokedRootKey } from "./root-keys.js";

let altalune: TestInstance;
/** Each counts by itself how often an address has failed: these calls fail more often than one would hear. */
let beside: TestInstance;
let target: Target;
const refused: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  altalune = await startTestInstance();
  beside = await startTestInstance({ beside: altalune });
  const projectId = await newProject(altalune.clients);
  const { id, value } = await newApiKey(altalune.clients, projectId, { scopes: ["*"] });
  target = {
    projectId,
    apiKeyId: id,
    presentedKey: value,
    userId: await newUser(altalune.clients),
    ...(await newWebhook(altalune.clients, projectId)),
  };
  const good = altalune.rootKey;
  const rotten = await newRootKey(altalune);
  Object.assign(refused, {
    "no key": {},
    "an empty header": { authorization: "" },
    "a key without Bearer": { authorization: good },
    "Bearer without a key": { authorization: "Bearer " },
    "another scheme": { authorization: `Basic ${Buffer.from(`${good}:`).toString("base64")}` },
    "a token scheme": { authorization: `Token ${good}` },
    "two keys": { authorization: `Bearer ${good} ${rotten.value}` },
    "two headers in one": { authorization: `Bearer ${good}, Bearer ${rotten.value}` },
    "a key in another header": { "x-api-key": good, cookie: `authorization=${good}` },
    "a made-up key with a wrong checksum": bearer(good.slice(0, -1) + (good.endsWith("A") ? "B" : "A")),
    "a made-up key with a right checksum": bearer(newSecret("alt_root_")),
    "a key of another shape": bearer("letmein"),
    "an expired root key": bearer((await expiredRootKey(altalune)).value),
    "a revoked root key": bearer((await revokedRootKey(altalune)).value),
    "a disabled root key": bearer((await disabledRootKey(altalune)).value),
    "the key of a project that has every scope": bearer(value),
  });
});
afterAll(async () => {
  await beside.stop();
  await altalune.stop();
});

describe.each([...operatorRpcs, ...ownerRpcs].map((method, i) => [nameOf(method), method, i] as const))(
  "%s",
  (_name, method, i) => {
    test("is refused without a root key that works, whatever is sent in its place", async () => {
      const invalid = ownerRpcs.includes(method) ? ownerCredentialInvalid : rootKeyInvalid;
      for (const [face, transport] of facesOf((i % 2 === 0 ? beside : altalune).url)) {
        for (const [what, headers] of Object.entries(refused)) {
          const { code, reason } = await call(transport, method, target, headers);
          expect({ face, what, code, reason }).toEqual({ face, what, ...invalid });
        }
      }
    });
  },
);

test("none of these calls changed anything", async () => {
  const { data } = await altalune.clients.audit.queryAuditEvents({ projectId: target.projectId });
  expect(data.map(({ action }) => action)).toEqual([
    "webhook.tested",
    "webhook.created",
    "api_key.created",
    "project.created",
  ]);
});

test("the scheme is read in any case, as HTTP says", async () => {
  const outcome = await fetch(`${altalune.url}/altalune.v1.ProjectService/QueryProjects`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `bEARER  ${altalune.rootKey}` },
    body: "{}",
  });
  expect(outcome.status).toBe(200);
});
