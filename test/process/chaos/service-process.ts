import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../../dist/bundle/cli/main.js", import.meta.url));

/** The compiled `altalune`, running as a process of its own group. */
export interface CommandProcess {
  readonly pid: number;
  /** All that it has written so far. */
  stdout(): string;
  stderr(): string;
  /** How it ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Asks it something over the channel that `nodeFlags` may have put a listener on. */
  ask(question: string): Promise<unknown>;
  /** Signals the process alone; does nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
}

/** A running `altalune serve`. */
export interface ServiceProcess extends CommandProcess {
  /** Its URL, once it says that it is ready; rejects when it ends before. */
  readonly ready: Promise<string>;
}

/** @param env the whole environment but for what a process needs to run at all */
export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
): CommandProcess {
  const child = spawn(process.execPath, [...nodeFlags, command, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: nodeFlags.length > 0 ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on("data", (chunk) => {
    stderr += String(chunk);
  });
  return {
    pid: child.pid ?? Number.NaN,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: once(child, "close").then(([code, signal]) => {
      process.off("exit", killWithUs);
      return code ?? signal;
    }),
    ask: async (question) => {
      child.send(question);
      const [answer] = await once(child, "message");
      return answer;
    },
    signal: (signal) => void child.kill(signal),
  };
}

export function runService(env: Readonly<Record<string, string>>, nodeFlags: readonly string[] = []): ServiceProcess {
  const service = runCommand(["serve"], { PORT: "0", ...env }, nodeFlags);
  const ready = untilReady(service);
  // Whoever kills it while it starts does not wait for this.
  ready.catch(() => undefined);
  return { ...service, ready };
}

async function untilReady(service: CommandProcess): Promise<string> {
  let end: number | NodeJS.Signals | undefined;
  void service.ended.then((how) => {
    end = how;
  });
  for (;;) {
    const url = /Altalune is ready at (\S+)/.exec(service.stdout())?.[1];
    if (url !== undefined) {
      return url;
    }
    if (end !== undefined) {
      throw new Error(`the service ended with ${end} before it was ready:\n${service.stderr().slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
