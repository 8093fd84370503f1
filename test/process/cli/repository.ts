import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const identity = ["-c", "user.name=A Test", "-c", "user.email=test@example.com", "-c", "commit.gpgSign=false"];

/** Runs git in a folder, without what the machine's user has set. */
export async function gitIn(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", [...identity, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
    maxBuffer: 2 ** 26,
  });
  return stdout.trim();
}

export async function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "altalune-scan-"));
}

export async function newRepository(): Promise<string> {
  const folder = await newFolder();
  await gitIn(folder, "init", "--quiet", "--initial-branch=main");
  return folder;
}

/** Text of the kinds that repositories and our own suites are full of, and that look like keys here and there. */
export function randomText(bytes: number): string {
  const lines: string[] = [];
  for (let length = 0; length < bytes; ) {
    const line = kinds[lines.length % kinds.length]?.() ?? "";
    lines.push(line);
    length += line.length + 1;
  }
  return `${lines.join("\n")}\n`;
}

const base62 = (length: number) =>
  [...randomBytes(length)]
    .map((byte) => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[byte % 62])
    .join("");

const kinds: readonly (() => string)[] = [
  () => `const id = "${randomUUID()}";`,
  () => `integrity: sha512-${randomBytes(64).toString("base64")}`,
  () => `token=${randomBytes(96).toString("base64url")}`,
  // Of the shape of keys, whose checksums are wrong.
  () => `key: sk-${base62(49)}`,
  () => `alt_root_${base62(49)} whsec_${base62(60)} sign_${base62(49)}`,
  () => createHash("sha256").update(randomBytes(8)).digest("hex"),
  () => `https://example.com/${base62(20)}-${base62(49)}_${base62(49)}`,
];

/** A change of a history that is made by the thousand. */
export interface MadeCommit {
  readonly path: string;
  readonly content: string;
  readonly message?: string;
}

/** Adds commits to the branch main, as fast as git takes them. */
export async function importCommits(folder: string, commits: Iterable<MadeCommit>): Promise<void> {
  const child = spawn("git", ["fast-import", "--quiet", "--date-format=raw"], {
    cwd: folder,
    stdio: ["pipe", "inherit", "inherit"],
  });
  const closed = once(child, "close");
  let time = 1_700_000_000;
  for (const { path, content, message = "a change" } of commits) {
    time += 60;
    const parts = [
      `commit refs/heads/main\ncommitter A Test <test@example.com> ${time} +0000\n`,
      `data ${Buffer.byteLength(message)}\n${message}\n`,
      `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`,
    ];
    if (!child.stdin.write(parts.join(""))) {
      await once(child.stdin, "drain");
    }
  }
  child.stdin.end();
  const [code] = await closed;
  if (code !== 0) {
    throw new Error(`git fast-import has failed: ${code}`);
  }
  await gitIn(folder, "reset", "--quiet", "--hard", "main");
}

/** Adds commits to the branch that is checked out, one by one, and their files. */
export async function importOnto(folder: string, commits: Iterable<MadeCommit>): Promise<void> {
  for (const { path, content, message = "a change" } of commits) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), content);
    await gitIn(folder, "add", "--all");
    await gitIn(folder, "commit", "--quiet", "--message", message);
  }
}
