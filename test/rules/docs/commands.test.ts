import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { VerificationCodeSchema } from "../../../gen/altalune/v1/verification_pb.js";
import { bash } from "../../support/bash.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import type { TestInstance } from "../../support/instance.js";
import { readmeBlock } from "../../support/readme.js";
import { test } from "../../support/shared-instance.js";
import { actionsOf } from "../../support/trail.js";
import { newRootKey } from "../authority/root-keys.js";
import { reportsDone } from "../exposure/trail.js";

let altalune: TestInstance;
test.beforeAll(async ({ instance }) => {
  altalune = instance;
});

test("the README guards an API right after the first key", () => {
  const headings = [...readFileSync("README.md", "utf8").matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings.slice(0, 2)).toEqual(["A first key", "Guard your API"]);
});

describe("the README's lines, pasted into bash", () => {
  test("make a first key, verify it, revoke it, and see it refused", async () => {
    const { value: verifyKey } = await newRootKey(altalune, { scopes: ["api_keys:verify"] });
    const [made = "", verdict = "", revoked = "", after = ""] = await bash([
      `VERIFY_KEY=${verifyKey}; ${readmeBlockHere("first key")}`,
      readmeBlockHere("verify"),
      readmeBlockHere("revoke"),
      readmeBlockHere("verify"),
    ]);
    expect(made.trim()).toMatch(/^sk-[0-9A-Za-z]{49}$/);
    expect(JSON.parse(verdict)).toMatchObject({ valid: true, code: "VERIFICATION_CODE_VALID", name: "First key" });
    expect(JSON.parse(revoked)).toMatchObject({ apiKey: { status: "API_KEY_STATUS_REVOKED" } });
    expect(JSON.parse(after)).toMatchObject({ code: "VERIFICATION_CODE_REVOKED" });
  });

  test("say loudly that a root key is bad, and print no key", async () => {
    const block = readmeBlockHere("first key").replace(/^ROOT_KEY=.*$/m, "ROOT_KEY=alt_root_mistyped");
    const refused = await promisify(execFile)("bash", ["-c", block]).catch((error) => error);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("401");
    expect(refused.stderr).toContain("send a root key that is neither revoked nor expired");
  });

  test("make no key or root key that ends by itself, and verify keys of one project", async () => {
    const readme = readFileSync("README.md", "utf8");
    expect(readmeBlockHere("first key")).toContain('"neverExpires": true');
    expect(readmeBlockHere("verify")).toContain('"projectId"');
    expect(readme).toMatch(/root-key create --scope api_keys:verify --project "\$PROJECT_ID"\)/m);
  });
});

describe("the examples", () => {
  test("of docs/api.md are answered, given a root key and nothing else, and make nothing that ends by itself", async () => {
    const page = readFileSync("docs/api.md", "utf8");
    const [setup = "", ...examples] = blocksOf(page);
    const given = ["set -u", setup, `export ALTALUNE=${altalune.url} ROOT_KEY=${altalune.rootKey}`];
    const [, , , ...answers] = await bash([...given, ...examples]);
    expect(examples).toHaveLength(11);
    expect(examples.join("")).not.toContain("expiration");
    expect(answers.filter((answer) => !isExpected(JSON.parse(answer)))).toEqual([]);
  });

  test("of docs/rest.md are answered, given a root key and nothing else", async () => {
    const [setup = "", example = ""] = blocksOf(readFileSync("docs/rest.md", "utf8"));
    const given = [`set -e; ${setup}`, `export ALTALUNE=${altalune.url} ROOT_KEY=${altalune.rootKey}`];
    const [, , answers = ""] = await bash([...given, example]);
    const told = answers.replaceAll("}{", "}\n{").trim().split("\n");
    expect(told.map((answer) => JSON.parse(answer))).toMatchObject([
      { valid: true },
      { data: [{ name: "First key" }] },
      { apiKey: { name: "Renamed" } },
      { keyValue: expect.any(String) },
      { apiKey: { status: "API_KEY_STATUS_REVOKED" } },
    ]);
  });

  test("of docs/guard-your-api.md are answered, and every verdict has its line there", async () => {
    const projectId = await newProject(altalune.clients);
    const { value } = await newApiKey(altalune.clients, projectId, { scopes: ["orders:read"] });
    const page = readFileSync("docs/guard-your-api.md", "utf8");
    const given = `export ALTALUNE=${altalune.url} ROOT_KEY=${altalune.rootKey} PROJECT_ID=${projectId} KEY=${value}`;
    const [, answer = ""] = await bash([given, ...blocksOf(page)]);
    expect(JSON.parse(answer)).toMatchObject({ valid: true });
    const sent = VerificationCodeSchema.values.filter(({ number }) => number !== 0);
    expect(sent.filter(({ name }) => !page.includes(`\n| \`${name}\` | `))).toEqual([]);
  });

  test("of docs/sending-again.md create one key by two calls, and change a key by its etag", async () => {
    const projectId = await newProject(altalune.clients, { allowNeverExpires: true });
    const { id } = await newApiKey(altalune.clients, projectId);
    const given = `export ALTALUNE=${altalune.url} ROOT_KEY=${altalune.rootKey} PROJECT_ID=${projectId} API_KEY_ID=${id}`;
    const blocks = blocksOf(readFileSync("docs/sending-again.md", "utf8")).map((block) =>
      block.replaceAll(/-d (.*)$/gm, "-d $1; echo"),
    );
    const [, created = "", changed = ""] = await bash([given, ...blocks]);
    const [first, again] = created
      .trim()
      .split("\n")
      .map((answer) => JSON.parse(answer));
    expect(first).toMatchObject({ apiKey: { name: "Build server" }, keyValue: expect.stringMatching(/^sk-/) });
    expect(again).toMatchObject({ apiKey: { id: first.apiKey.id }, keyValue: "" });
    expect(JSON.parse(changed)).toMatchObject({ apiKey: { id, scopes: ["orders:read"] } });
  });

  test("of docs/leaks.md set a policy, and report a key that is treated by it", async () => {
    const projectId = await newProject(altalune.clients);
    const { id, value } = await newApiKey(altalune.clients, projectId);
    const [policy = "", report = ""] = blocksOf(readFileSync("docs/leaks.md", "utf8")).map((block) =>
      block.replaceAll("http://127.0.0.1:8080", altalune.url),
    );
    const given = `export ROOT_KEY=${altalune.rootKey} PROJECT_ID=${projectId} KEY=${value}`;
    const [, updated = "", reported = ""] = await bash([given, policy, report]);
    expect(JSON.parse(updated)).toMatchObject({ project: { exposurePolicy: "EXPOSURE_POLICY_REVOKE" } });
    expect(JSON.parse(reported)).toMatchObject({ apiKeyId: "" });
    await reportsDone(altalune);
    expect(await actionsOf(altalune.clients, projectId, id)).toContain("api_key.revoked");
  });

  test("of docs/odd-use.md set a policy, and ask who uses a key", async () => {
    const projectId = await newProject(altalune.clients);
    const { id } = await newApiKey(altalune.clients, projectId);
    const [policy = "", sources = ""] = blocksOf(readFileSync("docs/odd-use.md", "utf8")).map((block) =>
      block.replaceAll("http://127.0.0.1:8080", altalune.url),
    );
    const given = `export ROOT_KEY=${altalune.rootKey} PROJECT_ID=${projectId} KEY_ID=${id}`;
    const [, updated = "", told = ""] = await bash([given, policy, sources]);
    expect(JSON.parse(updated)).toMatchObject({ project: { suspiciousPolicy: "SUSPICIOUS_POLICY_DEACTIVATE" } });
    expect(JSON.parse(told)).toEqual({ networks: [], agents: [] });
  });

  test("of docs/security.md export a head of the trail, and find it there again", async () => {
    const projectId = await newProject(altalune.clients);
    const [first = "", second = ""] = blocksOf(readFileSync("docs/security.md", "utf8"));
    const given = `export ALTALUNE=${altalune.url} ROOT_KEY=${altalune.rootKey} PROJECT_ID=${projectId}`;
    const [, exported = ""] = await bash([given, first]);
    const head: string = JSON.parse(exported).headHash;
    const [, , again = ""] = await bash([given, `HEAD_HASH=${head}`, second]);
    expect(JSON.parse(again)).toMatchObject({ intact: true, headHash: head });
  });
});

/** A success, or the denial of what is not built, which the page says too. */
function isExpected(answer: { readonly code?: string }): boolean {
  return (
    answer.code === undefined || answer.code.startsWith("VERIFICATION_CODE_VALID") || answer.code === "unimplemented"
  );
}

/** A block of the README, with the server and root key of this test. */
function readmeBlockHere(name: string): string {
  return readmeBlock(name)
    .replaceAll("http://127.0.0.1:8080", altalune.url)
    .replace(/^ROOT_KEY=.*$/m, `ROOT_KEY=${altalune.rootKey}`);
}

function blocksOf(page: string): readonly string[] {
  return [...page.matchAll(/^```bash\n(.*?)^```/gms)].map(([, block]) => block ?? "");
}
