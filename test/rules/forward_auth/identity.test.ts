import { sql } from "kysely";
import { expect } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { ask } from "./ask.js";

const names = ["Project-Id", "Key-Id", "Key-Name", "Owner-Id", "Scopes", "Tier"].map((name) => `X-Altalune-${name}`);

function identityOf(rawHeaders: readonly string[]): Readonly<Record<string, string | undefined>> {
  const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]]] : []));
  return Object.fromEntries(pairs.filter(([name]) => name?.startsWith("X-Altalune-")));
}

test("whose key it is stands in headers that are always all there, empty where there is nothing to say", async ({
  instance,
}) => {
  const projectId = await newProject(instance.clients);
  const { id, value } = await newApiKey(instance.clients, projectId, { name: "plain" });
  for (let time = 0; time < 3; time++) {
    const forged = names.map((name) => [name, "admin"] as const);
    const headers = [["X-API-Key", value] as const, ...forged];
    const heard = await ask(instance, { query: `project_id=${projectId}`, headers });
    expect(identityOf(heard.rawHeaders)).toEqual({
      "X-Altalune-Project-Id": projectId,
      "X-Altalune-Key-Id": id,
      "X-Altalune-Key-Name": "plain",
      "X-Altalune-Owner-Id": "",
      "X-Altalune-Scopes": "",
      "X-Altalune-Tier": "",
    });
    expect(heard.rawHeaders.filter((name) => names.includes(name))).toEqual(names);
  }
});

test("a value is percent-encoded where it is not visible ASCII, and scopes are parted by a space", async ({
  instance,
}) => {
  const projectId = await newProject(instance.clients);
  await instance.clients.tiers.upsertTier({ tier: { name: "gold" } });
  const ownerId = 'Zoë 50%\t"☃"\u007f';
  const { id, value } = await newApiKey(instance.clients, projectId, {
    name: "My key",
    scopes: ["a:read", "b:*"],
    ownerId: "o",
    tier: "gold",
  });
  await sql`update altalune_project_api_keys set owner_id = ${ownerId} where public_id = ${id}`.execute(instance.db);
  const { rawHeaders } = await ask(instance, { query: `project_id=${projectId}`, headers: [["X-API-Key", value]] });
  const identity = identityOf(rawHeaders);
  expect(identity).toMatchObject({
    "X-Altalune-Key-Name": "My%20key",
    "X-Altalune-Owner-Id": 'Zo%C3%AB%2050%25%09"%E2%98%83"%7F',
    "X-Altalune-Scopes": "a:read b:*",
    "X-Altalune-Tier": "gold",
  });
  expect(decodeURIComponent(identity["X-Altalune-Owner-Id"] ?? "")).toBe(ownerId);
});
