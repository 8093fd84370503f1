import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RevocationReason } from "../../../gen/altalune/v1/api_key_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { altalune, type Ended } from "./command.js";
import { altaluneHere } from "./in-process.js";
import { gitIn, importCommits, importOnto, newFolder, newRepository, randomText } from "./repository.js";

const shownOf = (key: string, prefix = "sk-") => `${key.slice(0, prefix.length + 5)}…`;

function scan(...args: readonly string[]): Promise<Ended> {
  return altaluneHere(["scan", ...args], {});
}

/** Nothing that a scan prints holds more of a key than may be shown. */
function expectHidden({ stdout, stderr }: Ended, ...keys: readonly string[]): void {
  for (const key of keys) {
    expect(stdout + stderr).not.toContain(key.slice(-40));
  }
}

describe("a history of 10,000 commits", () => {
  const removed = newSecret("sk-");
  const inMessage = newSecret("orders_");
  let folder: string;
  let brought: string;
  beforeAll(async () => {
    folder = await newRepository();
    const commits = Array.from({ length: 10_000 }, (_, i) => ({
      path: `src/part-${i % 20}/file-${i % 400}.ts`,
      content: randomText(1_000),
    }));
    await importCommits(folder, commits);
  }, 240_000);

  test("that holds no key is said to hold none, whatever looks like one, and how fast it went is printed", async () => {
    const ended = await altalune(["scan", folder]);
    expect(ended).toMatchObject({ code: 0, stdout: "" });
    expect(ended.stderr).toMatch(
      /400 files, 10,000 of 10,000 commits \([0-9,]+ a second\), 10,000 versions of files, [0-9.]+ MB in [0-9.]+ s \([0-9.]+ MB a second\): no key was found\n$/,
    );
  }, 120_000);

  test("that held keys for one commit, and in a message, is said to, with the commits", async () => {
    await importOnto(folder, [
      { path: "config/.env", content: `A=1\nKEY=${removed}\n` },
      { path: "config/.env", content: "A=1\n" },
      { path: "other", content: "1", message: `use ${inMessage}\n` },
    ]);
    brought = await gitIn(folder, "rev-parse", "main~2");
    const ended = await scan(folder);
    expect(ended.code).toBe(1);
    expect(ended.stdout.split("\n").sort()).toEqual(
      [
        "",
        `config/.env:2: ${shownOf(removed)} (commit ${brought.slice(0, 12)})`,
        expect.stringMatching(
          new RegExp(
            `^a commit's message:[0-9]+: ${shownOf(inMessage, "orders_")} \\(commit ${(await gitIn(folder, "rev-parse", "main")).slice(0, 12)}\\)$`,
          ),
        ),
      ].sort(),
    );
    expectHidden(ended, removed, inMessage);
    expect((await scan("--no-history", folder)).code).toBe(0);
  }, 120_000);
});

describe("a history", () => {
  test("is looked through where others do not look: merges, branches that came to nothing, stashes, tags, binary files", async () => {
    const folder = await newRepository();
    const keys = Object.fromEntries(
      ["binary", "branch", "merge", "stash", "tag"].map((name) => [name, newSecret("sk-")]),
    ) as Record<string, string>;
    await importOnto(folder, [
      { path: "a.txt", content: "a\n" },
      { path: "a.bin", content: `\0\x01\n\n${keys["binary"]}\0` },
    ]);
    await gitIn(folder, "checkout", "--quiet", "-b", "side");
    await importOnto(folder, [
      { path: "b.txt", content: keys["branch"] ?? "" },
      { path: "b.txt", content: "" },
    ]);
    await gitIn(folder, "checkout", "--quiet", "main");
    await gitIn(folder, "merge", "--quiet", "--no-ff", "--no-commit", "side");
    await writeFile(join(folder, "a.txt"), `a\n${keys["merge"]}\n`);
    await gitIn(folder, "commit", "--quiet", "--all", "--message", "merge");
    await importOnto(folder, [
      { path: "a.txt", content: "a\n" },
      { path: "a.bin", content: "" },
    ]);
    await writeFile(join(folder, "a.txt"), keys["stash"] ?? "");
    await gitIn(folder, "stash", "--quiet");
    await gitIn(folder, "tag", "--annotate", "v1", "--message", `v1 ${keys["tag"]}`);

    const ended = await scan(folder);
    expect(ended.code).toBe(1);
    expect(
      ended.stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.replace(/ \(.*/, ""))
        .sort(),
    ).toEqual(
      [
        `a.bin:3: ${shownOf(keys["binary"] ?? "")}`,
        `a.txt:1: ${shownOf(keys["stash"] ?? "")}`,
        `a.txt:2: ${shownOf(keys["merge"] ?? "")}`,
        `b.txt:1: ${shownOf(keys["branch"] ?? "")}`,
        `a tag's message:6: ${shownOf(keys["tag"] ?? "")}`,
      ].sort(),
    );
    expectHidden(ended, ...Object.values(keys));
  }, 60_000);

  test("of a folder within a repository is its own part, branches that came to nothing included", async () => {
    const folder = await newRepository();
    const [inside, outside] = [newSecret("sk-"), newSecret("sk-")];
    await importOnto(folder, [{ path: "a/one", content: "1" }]);
    await gitIn(folder, "checkout", "--quiet", "-b", "side");
    await importOnto(folder, [
      { path: "a/two", content: inside },
      { path: "b/two", content: outside },
      { path: "a/two", content: "" },
    ]);
    await gitIn(folder, "rm", "--quiet", "a/two");
    await gitIn(folder, "commit", "--quiet", "--message", "none of it");
    await gitIn(folder, "checkout", "--quiet", "main");
    await gitIn(folder, "merge", "--quiet", "--no-ff", "--message", "merge", "side");
    const { stdout } = await scan(join(folder, "a"));
    expect(stdout.replace(/ \(.*/, "")).toBe(`a/two:1: ${shownOf(inside)}\n`);
  }, 60_000);

  test("of a bare repository is looked through, and one without commits has no key", async () => {
    const folder = await newRepository();
    expect((await scan(folder)).code).toBe(0);
    const key = newSecret("sk-");
    await importOnto(folder, [{ path: "a", content: `${key}\n` }]);
    const bare = await newFolder();
    await gitIn(bare, "clone", "--quiet", "--bare", folder, ".");
    const ended = await scan(bare);
    expect(ended.stdout).toBe(
      `a:1: ${shownOf(key)} (commit ${(await gitIn(folder, "rev-parse", "main")).slice(0, 12)})\n`,
    );
  }, 60_000);
});

describe("files", () => {
  test("are those that git keeps or would add, and whatever is named", async () => {
    const folder = await newRepository();
    const [kept, added, ignored] = [newSecret("sk-"), newSecret("sk-"), newSecret("sk-")];
    await importOnto(folder, [
      { path: ".gitignore", content: ".env\n" },
      { path: "kept", content: `one\r\ntwo ${kept}` },
    ]);
    await writeFile(join(folder, "added"), `"${added}"`);
    await writeFile(join(folder, ".env"), `K=${ignored}`);
    const ended = await scan("--no-history", folder);
    expect(ended.stdout.split("\n").sort()).toEqual([
      "",
      `${join(folder, "added")}:1: ${shownOf(added)}`,
      `${join(folder, "kept")}:2: ${shownOf(kept)}`,
    ]);
    expect((await scan(join(folder, ".env"))).stdout).toBe(`${join(folder, ".env")}:1: ${shownOf(ignored)}\n`);
  }, 60_000);

  test("of a folder that is no repository are all looked through, however large, and links are not followed", async () => {
    const folder = await newFolder();
    const key = newSecret("a-prefix-of-16-_");
    await mkdir(join(folder, "deep/er"), { recursive: true });
    // On the seam of two pieces, wherever a reader cuts them.
    for (const at of [0, 65_535 - key.length, 65_536 - key.length, 65_530, 65_500, 131_000]) {
      await writeFile(join(folder, `deep/er/at-${at}`), `${" ".repeat(at)}${key}${" ".repeat(200_000)}`);
    }
    await symlink("/", join(folder, "root"));
    const ended = await scan(folder);
    expect(ended.code).toBe(1);
    expect(ended.stdout.trim().split("\n")).toHaveLength(6);
    expect(ended.stderr).toMatch(/^6 files, /m);
    expectHidden(ended, key);
  });

  test("that hold a key twice in a line, glued to others, or at their very end are found once a place", async () => {
    const folder = await newFolder();
    const [one, two] = [newSecret("sk-"), newSecret("k_")];
    await writeFile(join(folder, "a"), `${one}${two},${one}\n\n(${two})${one}`);
    const { stdout } = await scan(folder);
    expect(stdout.split("\n").sort()).toEqual(
      ["", ...[shownOf(two, "k_"), shownOf(one)].map((shown) => `${join(folder, "a")}:1: ${shown}`)].sort(),
    );
  });
});

test("as a hook before a commit, what is staged counts, and nothing else", async () => {
  const folder = await newRepository();
  const [staged, unstaged, removed] = [newSecret("sk-"), newSecret("sk-"), newSecret("sk-")];
  await importOnto(folder, [{ path: "old", content: removed }]);
  await gitIn(folder, "rm", "--quiet", "old");
  await writeFile(join(folder, "a"), "a\n");
  await gitIn(folder, "add", "a");
  await writeFile(join(folder, "b"), unstaged);
  const before = process.cwd();
  process.chdir(folder);
  try {
    expect((await scan("--staged")).code).toBe(0);
    await writeFile(join(folder, "a"), `a\n${staged}\n`);
    await gitIn(folder, "add", "a");
    await writeFile(join(folder, "a"), "a\n");
    const ended = await scan("--staged");
    expect(ended).toMatchObject({ code: 1, stdout: `a:2: ${shownOf(staged)}\n` });
  } finally {
    process.chdir(before);
  }
}, 60_000);

test("a repository's own history and suites hold no key", async () => {
  const ended = await scan("--no-history", "src", "test", "docs", "scripts", "sdk", "examples", "deploy");
  expect(ended).toMatchObject({ code: 0, stdout: "" });
}, 120_000);

describe("--verify", () => {
  let instance: TestInstance;
  let env: Record<string, string>;
  let projectId: string;
  beforeAll(async () => {
    instance = await startTestInstance();
    const { value } = await newRootKey(instance, { scopes: ["api_keys:verify"] });
    env = { ALTALUNE_ROOT_KEY: value };
    projectId = await newProject(instance.clients);
  });
  afterAll(() => instance.stop());

  const verify = (folder: string, url = instance.url, withEnv = env) =>
    altaluneHere(["scan", "--verify", url, folder], withEnv);

  test("tells which keys live, and counts no others", async () => {
    const live = await newApiKey(instance.clients, projectId);
    const off = await newApiKey(instance.clients, projectId);
    const revoked = await newApiKey(instance.clients, projectId);
    const unknown = newSecret("sk-");
    await instance.clients.apiKeys.deactivateApiKey({ projectId, apiKeyId: off.id });
    const reason = RevocationReason.KEY_COMPROMISED;
    await instance.clients.apiKeys.revokeApiKey({ projectId, apiKeyId: revoked.id, reason });
    const folder = await newFolder();
    const file = join(folder, "a");
    await writeFile(file, [live.value, off.value, revoked.value, unknown].join("\n"));
    const ended = await verify(folder);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe(
      [
        `${file}:1: ${shownOf(live.value)}; it lives`,
        `${file}:2: ${shownOf(off.value)}; it is switched off`,
        `${file}:3: ${shownOf(revoked.value)}; it is revoked`,
        `${file}:4: ${shownOf(unknown)}; it is not known there`,
        "",
      ].join("\n"),
    );
    expectHidden(ended, live.value, off.value, revoked.value, unknown, env["ALTALUNE_ROOT_KEY"] ?? "");

    await writeFile(file, [revoked.value, unknown].join("\n"));
    expect((await verify(folder)).code).toBe(0);
    // A root key is no key that could be asked about.
    await writeFile(file, newSecret("alt_root_"));
    expect((await verify(folder)).code).toBe(1);
  });

  test("tells keys to nobody over a network in clear, nor to whom it is sent on to", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "a"), newSecret("sk-"));
    for (const url of ["http://keys.example.com", "ftp://127.0.0.1", "keys", "https://u:p@keys.example.com"]) {
      expect(await verify(folder, url)).toMatchObject({ code: 2, stderr: expect.stringContaining("--verify must be") });
    }
    expect(await verify(folder, instance.url, { ALTALUNE_ROOT_KEY: "" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("ALTALUNE_ROOT_KEY"),
    });
    const heard: string[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      heard.push(request.url ?? "");
      response.writeHead(307, { location: `${instance.url}/v1/api_keys:batchVerify` }).end();
    };
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    const ended = await verify(folder, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.close();
    expect(heard).toEqual(["/v1/api_keys:batchVerify"]);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("could not be asked") });
  });
});

test.each([
  ["a path that is not there", ["/nowhere/at/all"], /^altalune: path 1 cannot be read: ENOENT/],
  ["--staged with a path", ["--staged", "src"], /^altalune: --staged looks through/],
  ["an option that there is not", ["--fast"], /unknown option/],
])("%s is said to be wrong, with the code 2", async (_what, args, sentence) => {
  const key = newSecret("sk-");
  expect(await scan(...args)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(sentence) });
  expectHidden(await scan(key), key);
});
