import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** Git has failed, or is not there. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/** A repository is somebody else's to configure: with these, nothing of that makes the commands of a scan start a program. */
const settings = ["core.fsmonitor=", "core.hooksPath=/dev/null", "log.showSignature=false"];
/** What is printed does not depend on it either. */
const printing = ["core.quotePath=false", "log.showRoot=true"];

const environment = {
  GIT_OPTIONAL_LOCKS: "0",
  GIT_TERMINAL_PROMPT: "0",
  // An object that is not there would be fetched, by whatever program the repository names for that. Git before 2.45 knows only the
  // second of these: no protocol is allowed.
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "",
  // What it says is looked at, in one language.
  LC_ALL: "C",
} as const;

export interface Git {
  readonly stdout: Readable;
  readonly stdin: Writable | null;
  /** Ends it, when no more is wanted of it. */
  kill(): void;
  /** @throws GitError when it has not ended well */
  readonly ended: Promise<void>;
}

export interface GitOptions {
  /** The folder that it works in. */
  readonly cwd: string;
  readonly stdin?: boolean;
  /** Whether the repository and index are those that git itself has named, as it does to its hooks. */
  readonly inHook?: boolean;
}

/** What git names to its hooks, of which others must not be misled. */
const named = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

export function git(args: readonly string[], { cwd, stdin = false, inHook = false }: GitOptions): Git {
  const given = Object.entries({ ...process.env, ...environment }).filter(([name]) => inHook || !named.includes(name));
  const set = [...settings, ...printing].flatMap((one) => ["-c", one]);
  const child: ChildProcess = spawn("git", ["--no-pager", ...set, ...args], {
    cwd,
    env: Object.fromEntries(given),
    stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-1_000);
  });
  // Who stops reading ends it: the error is told by how it ends.
  child.stdin?.on("error", () => undefined);
  let killed = false;
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", () => reject(new GitError("git could not be started; it is needed to read histories")));
    child.once("close", (code) => {
      if (code === 0 || killed) {
        resolve();
      } else {
        reject(new GitError(missingIn(said) ?? `git ${args[0]} has failed: ${said.trim() || `exit code ${code}`}`));
      }
    });
  });
  ended.catch(() => undefined);
  if (child.stdout === null) {
    throw new GitError("git could not be started");
  }
  return {
    stdout: child.stdout,
    stdin: child.stdin,
    kill() {
      killed = true;
      child.kill();
    },
    ended,
  };
}

/** What to say where an object of a history is not there. @param id undefined: it is not known which */
export function missingObject(id: string | undefined): string {
  return `${id === undefined ? "an object" : `the object ${id}`} is not here: fetch all of the repository`;
}

/** Undefined: nothing that git has said is about an object that is not there. */
function missingIn(said: string): string | undefined {
  const named =
    /(?:missing [a-z]+ object|unable to read tree|could not read|could not fetch) ['(]?([0-9a-f]{40,64})/i.exec(said);
  return named !== null || /lazy fetching disabled|transport '.*' not allowed/.test(said)
    ? missingObject(named?.[1])
    : undefined;
}

/** All that git prints, of which there is little. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  const { stdout, ended } = git(args, options);
  const chunks: Buffer[] = [];
  for await (const chunk of stdout) {
    chunks.push(chunk as Buffer);
  }
  await ended;
  return Buffer.concat(chunks).toString();
}

/** What git prints, part by part, as its ends are. @param end of a part, such as a line's or NUL */
export async function* parts({ stdout }: Git, end: "\n" | "\0"): AsyncGenerator<string, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stdout) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let at = bytes.indexOf(end); at !== -1; at = bytes.indexOf(end, from)) {
      yield bytes.toString("utf8", from, at);
      from = at + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) {
    yield rest.toString("utf8");
  }
}
