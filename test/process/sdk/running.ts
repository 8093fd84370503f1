import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "vitest";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";

export interface Running extends AsyncDisposable {
  readonly url: string;
}

export interface Command {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly port?: number;
}

/** A program that serves HTTP at the port that `PORT` names, from when it answers. */
export async function running({ command, args = [], cwd, env, port: given }: Command): Promise<Running> {
  const port = given ?? (await freePort());
  const program = spawn(command, args, {
    cwd,
    // In a group of its own: some are started by others that do not pass signals on.
    detached: true,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [program.stdout, program.stderr]) {
    stream.on("data", (text) => said.push(String(text)));
  }
  const url = `http://127.0.0.1:${port}`;
  const stop = () => stopped(program);
  try {
    await expect.poll(() => answers(url, program, said), { timeout: 60_000 }).toBe(true);
  } catch (error) {
    await stop();
    throw new Error(`${command} ${args.join(" ")} does not serve: ${said.join("")}`, { cause: error });
  }
  return { url, [Symbol.asyncDispose]: stop };
}

async function answers(url: string, program: ChildProcess, said: readonly string[]): Promise<boolean> {
  if (program.exitCode !== null) {
    throw new Error(`it ended: ${said.join("")}`);
  }
  return await fetch(url).then(
    () => true,
    () => false,
  );
}

async function stopped(program: ChildProcess): Promise<void> {
  if (program.pid !== undefined && program.exitCode === null && program.signalCode === null) {
    const ended = once(program, "exit");
    process.kill(-program.pid, "SIGKILL");
    await ended;
  }
}
