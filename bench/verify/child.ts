import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { owned } from "../lib/cleanup.js";
import type { LoadMessage, LoadResult } from "../lib/closed-loops.js";

const typescript = new URL("../../test/support/typescript-imports.mjs", import.meta.url);

/** A process of this folder that we talk to. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  static start(file: string, args: readonly string[] = []): Child {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
      execArgv: ["--import", typescript.href],
      // A session of its own, as a service has: schedulers share a machine out by session.
      detached: true,
      stdio: ["ignore", "ignore", process.env["BENCH_LOG"] ? "inherit" : "ignore", "ipc"],
    });
    return owned(new Child(child));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  send(message: object): void {
    this.#process.send(message);
  }

  /** @throws when it ends first, or tells of a failure */
  async next<Message extends object>(): Promise<Message> {
    const over = new AbortController();
    const ended = once(this.#process, "exit", { signal: over.signal }).then(() => {
      throw new Error(`${this.#process.spawnargs.at(2)} ended; BENCH_LOG=1 shows why`);
    });
    try {
      const message = once(this.#process, "message", { signal: over.signal }).then(([first]) => first as Message);
      const told = await Promise.race([message, ended]);
      if ("failure" in told) {
        throw new Error(String(told.failure));
      }
      return told;
    } finally {
      ended.catch(() => undefined);
      over.abort();
    }
  }

  /**
   * Has it make a load.
   *
   * @param onWarm called when what is measured begins
   * @throws when it ends first, or tells of a failure
   */
  async load(job: object, onWarm: () => void = () => undefined): Promise<LoadResult> {
    this.send(job);
    await this.next<LoadMessage>();
    onWarm();
    const message = await this.next<LoadMessage>();
    if (!("result" in message)) {
      throw new Error("the load told of no result");
    }
    return message.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await ended;
    }
  }
}
