import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** A headless browser with a profile of its own, driven over the DevTools protocol. */
export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  static async start(path: string): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), "altalune-chromium-"));
    const browser = spawn(path, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      const socket = new WebSocket(await devToolsUrl(browser));
      await once(socket, "open");
      return new Chromium(browser, profile, socket);
    } catch (error) {
      browser.kill();
      throw error;
    }
  }

  private constructor(browser: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = browser;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** Opens a page and brings the value of an expression in it, once it has one. */
  async visit(url: string, expression: string): Promise<string> {
    const { targetId } = await this.#ask("Target.createTarget", { url });
    const { sessionId } = await this.#ask("Target.attachToTarget", { targetId, flatten: true });
    let value: string | undefined;
    while (value === undefined) {
      value = await this.#valueNow(expression, String(sessionId));
      await sleep(20);
    }
    await this.#ask("Target.closeTarget", { targetId });
    return value;
  }

  /** Undefined too while the page is being loaded: what is asked of the blank page before it ends with that. */
  async #valueNow(expression: string, sessionId: string): Promise<string | undefined> {
    try {
      const { result } = await this.#ask("Runtime.evaluate", { expression }, sessionId);
      return (result as { value?: string }).value;
    } catch (error) {
      if (error instanceof Error && /execution context/i.test(error.message)) {
        return undefined;
      }
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    await this.#ask("Browser.close", {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  async #ask(method: string, params: object, sessionId?: string): Promise<Record<string, string | object>> {
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { error, result } = await promise;
    if (error !== undefined || result === undefined) {
      throw new Error(`${method}: ${error?.message}`);
    }
    return result;
  }
}

interface Answer {
  readonly id: number;
  readonly error?: { readonly message: string };
  readonly result?: Record<string, string | object>;
}

const flags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"],
  ...["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  "--remote-debugging-port=0",
];

/** It says on stderr where it listens. */
async function devToolsUrl({ stderr }: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const url = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1];
    if (url !== undefined) {
      stderr.resume(); // it says more, and must not wait for a reader
      return url;
    }
    said.push(line);
  }
  throw new Error(`the browser did not start:\n${said.join("\n")}`);
}
