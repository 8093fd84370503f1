import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UserRole } from "../../../gen/altalune/v1/user_pb.js";
import { bash } from "../../support/bash.js";
import { newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { markedBlocks } from "../../support/readme.js";
import { newRootKey } from "../authority/root-keys.js";
import { newPerson } from "../sign_in/people.js";
import { type Issuer, startIssuer } from "../trusted_issuer/issuer.js";

const page = "docs/self-service.md";

let altalune: TestInstance;
let issuer: Issuer;
let projectId: string;
beforeAll(async () => {
  altalune = await startTestInstance({ env: { ALTALUNE_EGRESS_ALLOW: "loopback" } });
  issuer = await startIssuer();
  projectId = await newProject(altalune.clients);
});
afterAll(async () => {
  await issuer[Symbol.asyncDispose]();
  await altalune.stop();
});

/** A marked block, with the keys of the issuer where this test has them. */
const blocks = (name: string) =>
  markedBlocks(page, name).map((block) =>
    block
      .replace(/^export ALTALUNE=.*$/m, `export ALTALUNE=${altalune.url}`)
      .replace(/^export ROOT_KEY=.*$/m, `export ROOT_KEY=${altalune.rootKey}`)
      .replace("https://login.example.com/.well-known/jwks.json", issuer.url),
  );

/** What a block printed: one answer after the other. */
const answersIn = (printed = "") =>
  printed
    .trim()
    .split(/(?<=[}\]])(?=[{[])/)
    .map((answer) => JSON.parse(answer));

/** The first lines of the page, and a project that is there already. */
function begin(): readonly string[] {
  const [given = "", ask = ""] = blocks("self-service");
  return [`set -eu; ${given}`, ask, `PROJECT_ID=${projectId}`];
}

test("the shell of a portal session makes a key of an owner", async () => {
  const [given = "", ask = "", access = "", session = "", ...more] = blocks("self-service");
  const { value: portalKey } = await newRootKey(altalune, { scopes: ["portal:write"] });
  const printed = await bash([`set -eu; ${given}`, ask, access, session], { PORTAL_KEY: portalKey });
  const [, , changed, asked] = printed.map((text) => (text.trim() === "" ? [] : answersIn(text)));
  expect(changed).toMatchObject([{ project: { name: "Orders API", ownerAccess: { defaultTier: "free" } } }]);
  expect(asked).toMatchObject([
    { apiKey: { ownerId: "alice", scopes: ["orders:read"], tier: "free" } },
    { data: [{ name: "Laptop" }] },
  ]);
  expect(await altalune.clients.verification.verifyApiKey({ key: asked?.[0].keyValue })).toMatchObject({ valid: true });
  expect(more).toEqual([]);
});

test("the shell of a trusted issuer makes a key of an owner, and so does the page", async () => {
  const accessToken = await issuer.token();
  const printed = await bash([...begin(), ...blocks("trusted issuer")], { ACCESS_TOKEN: accessToken });
  expect(answersIn(printed.at(-1))).toMatchObject([
    { apiKey: { ownerId: "alice", scopes: ["orders:read"] } },
    { data: [{ name: "Laptop" }] },
  ]);

  const [script = ""] = markedBlocks(page, "trusted issuer's page");
  const here = script
    .replace("https://keys.example.com", altalune.url)
    .replace("k3vq8zt5mwn2rx", projectId)
    .replace("eyJ…", accessToken);
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", here]);
  expect(stdout).toMatch(/^Store this key now, it is not shown again: sk-\w{49}\n\[ 'Laptop: sk-\w{5}…' \]\n$/);
});

test("the shell of a user's session makes a key of the user", async () => {
  const { id, username, password } = await newPerson(altalune, UserRole.VIEWER);
  const env = { USERNAME: username, PASSWORD: password };
  const printed = await bash([...begin(), ...blocks("user's session")], env);
  const [made, listed] = answersIn(printed.at(-1));
  expect([made.api_key.name, listed[0].id]).toEqual(["CI", made.api_key.id]);
  expect(await altalune.clients.verification.verifyApiKey({ key: made.key })).toMatchObject({
    valid: true,
    ownerId: id,
  });
  // As the page says: who is gone leaves keys that are good.
  await altalune.clients.users.deleteUser({ userId: id });
  expect(await altalune.clients.verification.verifyApiKey({ key: made.key })).toMatchObject({
    valid: true,
    ownerId: id,
  });
});

test("files of examples that the page shows are those that are run", () => {
  const shown = [...readFileSync(page, "utf8").matchAll(/^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$/gms)];
  expect(shown.map(([, file]) => file)).toEqual(["examples/own-page/server.js", "examples/own-page/keys.js"]);
  expect(shown.filter(([, file = "", text]) => readFileSync(file, "utf8") !== text)).toEqual([]);
});
