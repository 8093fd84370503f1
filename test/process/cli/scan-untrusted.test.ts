import { mkdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import type { Ended } from "./command.js";
import { altaluneHere } from "./in-process.js";
import { gitIn, importCommits, importOnto, newFolder, newRepository, randomText } from "./repository.js";

/** Scans a folder from within it, as is done to one that was unpacked. */
async function scanIn(folder: string, ...args: readonly string[]): Promise<Ended> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await altaluneHere(["scan", ...args], {});
  } finally {
    process.chdir(before);
  }
}

/** A program that leaves a trace when it is started. */
interface Trap {
  readonly program: string;
  /** How it was started since it was last asked for. */
  sprung(): Promise<string>;
}

async function newTrap(): Promise<Trap> {
  const folder = await newFolder();
  const program = join(folder, "program");
  const trace = join(folder, "trace");
  await writeFile(program, `#!/bin/sh\necho "$0 $*" >>'${trace}'\nexit 1\n`, { mode: 0o755 });
  return {
    program,
    async sprung() {
      const text = await readFile(trace, "utf8").catch(() => "");
      await rm(trace, { force: true });
      return text;
    },
  };
}

/** Names a program in a repository's configuration wherever git may start one, by way of another file. */
async function configure(gitFolder: string, { program }: Trap): Promise<void> {
  const text = `
    [core]
      alternateRefsCommand = ${program}
      askPass = ${program}
      editor = ${program}
      fsmonitor = ${program}
      gitProxy = ${program}
      pager = ${program}
      sshCommand = ${program}
    [credential]
      helper = ${program}
    [diff]
      external = ${program}
      submodule = diff
    [diff "evil"]
      command = ${program}
      textconv = ${program}
    [filter "evil"]
      clean = ${program}
      smudge = ${program}
      process = ${program}
      required
    [gpg]
      program = ${program}
    [gpg "ssh"]
      program = ${program}
      defaultKeyCommand = ${program}
    [log]
      diffMerges = remerge
      showSignature = true
    [merge "evil"]
      driver = ${program}
    [pager]
      cat-file = ${program}
      diff = ${program}
      log = ${program}
      ls-files = ${program}
    [submodule]
      recurse = true
    [uploadpack]
      packObjectsHook = ${program}`;
  await writeFile(join(gitFolder, "more-config"), text);
  await gitIn(gitFolder, "config", "--file", "config", "include.path", "more-config");
  await mkdir(join(gitFolder, "info"), { recursive: true });
  await writeFile(join(gitFolder, "info/attributes"), "* diff=evil filter=evil merge=evil\n");
  for (const hook of ["fsmonitor-watchman", "post-index-change", "pre-auto-gc", "reference-transaction"]) {
    await symlink(program, join(gitFolder, "hooks", hook));
  }
}

describe("a repository that somebody else has configured", () => {
  test("starts no program, and prints no control characters of its names", async () => {
    const trap = await newTrap();
    const folder = await newRepository();
    const within = await newRepository();
    await importOnto(within, [{ path: "a", content: "a" }]);
    await importOnto(folder, [{ path: "a", content: "1\n2\n3\n" }]);
    await gitIn(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", within, "within");
    await gitIn(folder, "checkout", "--quiet", "-b", "side");
    await importOnto(folder, [{ path: "a", content: "1\n2 on the side\n3\n" }]);
    await gitIn(folder, "checkout", "--quiet", "main");
    await importOnto(folder, [{ path: "a", content: "1\n2 on main\n3\n" }]);
    await gitIn(folder, "merge", "--quiet", "--strategy=ours", "--message", "merge", "side");
    const [committed, staged] = [newSecret("sk-"), newSecret("sk-")];
    const name = "\x1b[31mred";
    await importOnto(folder, [{ path: name, content: committed }]);
    await gitIn(folder, "rm", "--quiet", name);
    await gitIn(folder, "commit", "--quiet", "--message", "none of it");
    const commit = (await gitIn(folder, "rev-parse", "main~")).slice(0, 12);
    await writeFile(join(folder, "staged"), staged);
    await gitIn(folder, "add", "staged");
    await importOnto(join(folder, "within"), [{ path: "a", content: "b" }]);
    // What git knows of the file does not hold any more, so that it would have to look at it.
    await utimes(join(folder, "a"), 1, 1);
    await configure(join(folder, ".git"), trap);
    await configure(join(folder, ".git/modules/within"), trap);
    await gitIn(folder, "log", "--all", "--raw", "-m");
    expect(await trap.sprung()).not.toBe("");

    const scanned = await scanIn(folder);
    expect(await trap.sprung()).toBe("");
    expect(scanned).toMatchObject({ code: 1 });
    expect(scanned.stdout).toContain(`?[31mred:1: ${committed.slice(0, 8)}… (commit ${commit})`);
    expect(scanned.stdout + scanned.stderr).not.toContain("\x1b");
    expect((await scanIn(folder, "--staged")).stdout).toBe(`staged:1: ${staged.slice(0, 8)}…\n`);
    expect(await trap.sprung()).toBe("");
  }, 60_000);

  test.each([
    ["ssh://", () => "ssh://x/y"],
    ["a host", () => "x:y"],
    ["git://", () => "git://127.0.0.1:9/y"],
    ["http://", () => "http://127.0.0.1:9/y"],
    ["ext::", ({ program }: Trap) => `ext::${program}`],
    ["a folder", () => "."],
  ])(
    "has no object fetched that is not there, by %s, and says so",
    async (_how, urlBy) => {
      const trap = await newTrap();
      const folder = await newRepository();
      await importOnto(folder, [{ path: "a", content: "a" }]);
      await writeFile(join(folder, "b"), "b");
      await gitIn(folder, "add", "b");
      const missing = await gitIn(folder, "rev-parse", "HEAD:a");
      const missingStaged = await gitIn(folder, "rev-parse", ":b");
      for (const id of [missing, missingStaged]) {
        await rm(join(folder, ".git/objects", id.slice(0, 2), id.slice(2)));
      }
      for (const [name, value] of [
        ["core.repositoryFormatVersion", "1"],
        ["extensions.partialClone", "origin"],
        ["protocol.allow", "always"],
        ["remote.origin.promisor", "true"],
        ["remote.origin.uploadpack", trap.program],
        ["remote.origin.url", urlBy(trap)],
      ] as const) {
        await gitIn(folder, "config", name, value);
      }
      await configure(join(folder, ".git"), trap);

      for (const [args, id] of [
        [[], missing],
        [["--staged"], missingStaged],
      ] as const) {
        const scanned = await scanIn(folder, ...args);
        expect(await trap.sprung()).toBe("");
        expect(scanned).toMatchObject({ code: 2, stdout: "" });
        expect(scanned.stderr).toContain(`the object ${id} is not here: fetch all of the repository\n`);
      }
    },
    60_000,
  );
});

test("an object that is broken ends the scan with what git says of it", async () => {
  const folder = await newRepository();
  // As many as are still being asked for by then.
  await importCommits(
    folder,
    Array.from({ length: 5_000 }, (_, i) => ({ path: "a", content: String(i) })),
  );
  await importOnto(folder, [{ path: "b", content: randomText(100_000) }]);
  const id = await gitIn(folder, "rev-parse", "HEAD:b");
  const file = join(folder, ".git/objects", id.slice(0, 2), id.slice(2));
  const half = (await readFile(file)).subarray(0, 30_000);
  await rm(file);
  await writeFile(file, half);
  const scanned = await scanIn(folder);
  expect(scanned).toMatchObject({ code: 2, stdout: "" });
  // A slow machine has told of its progress before; nothing else may stand there.
  const said = scanned.stderr.replace(/^(.* commits \(.* a second\), .*\n)*/, "");
  expect(said).toMatch(new RegExp(`^altalune: git cat-file has failed: .*${id}`, "s"));
}, 60_000);
