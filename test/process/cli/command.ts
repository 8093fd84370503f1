import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The compiled command, as it is installed. */
const command = fileURLToPath(new URL("../../../dist/bundle/cli/main.js", import.meta.url));

export type Environment = Readonly<Record<string, string>>;

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command in a group of its own, with nothing in its environment but this. It ends with the test. */
export function spawnCommand(
  args: readonly string[],
  env: Environment,
  stdin: "ignore" | "pipe" = "ignore",
): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [command, ...args], {
    env: { PATH, HOME, ...env },
    stdio: [stdin, "pipe", "pipe"],
    detached: true,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Runs the command to its end. @param stdin what it reads from there */
export async function altalune(args: readonly string[], env: Environment = {}, stdin?: string): Promise<Ended> {
  const child = spawnCommand(args, env, stdin === undefined ? "ignore" : "pipe");
  child.stdin?.end(stdin);
  return ended(child);
}

export async function ended(child: ChildProcess): Promise<Ended> {
  if (child.stdout === null || child.stderr === null) {
    throw new Error("the command's output is not piped");
  }
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, stdout, stderr };
}

/** A server that runs as a process of its own, and says that it is ready. */
export interface Serving {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The root key that it has shown. Throws when it has shown none. */
  rootKey(): string;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Runs `altalune serve` on any free port until it is ready. Rejects with all that it printed when it ends before. */
export async function serve(env: Environment): Promise<Serving> {
  const child = spawnCommand(["serve"], { PORT: "0", ...env });
  const printed = { stdout: "", stderr: "" };
  const over = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
        printed[stream] += chunk;
        const ready = /^\{.*"msg":"ready"\}$/m.exec(printed.stderr)?.[0];
        if (ready !== undefined && printed.stdout.includes("VerifyApiKey")) {
          resolve((JSON.parse(ready) as { url: string }).url);
        }
      });
    }
    over.then(() => reject(new Error(`the server ended: ${printed.stdout}${printed.stderr}`)));
  });
  return {
    url,
    process: child,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    rootKey: () => {
      const found = /alt_root_[0-9A-Za-z]{49}/.exec(printed.stdout)?.[0];
      if (found === undefined) {
        throw new Error("the server has shown no root key");
      }
      return found;
    },
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      await over;
      return child.exitCode ?? child.signalCode;
    },
  };
}
