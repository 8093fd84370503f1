import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../packages/embedded-postgres/src/free-port.js";

/** A gateway program, and its configuration in examples/gateways. */
export interface GatewayProgram {
  readonly name: "nginx" | "caddy" | "haproxy" | "envoy";
  /** In the folder of the example, which is the working directory. */
  readonly args: readonly string[];
  /** What is different where a test runs it. */
  readonly adapt?: (configuration: string) => string;
}

/** Where what the examples name is in a test. */
export interface Surroundings {
  readonly altalunePort: string;
  readonly upstreamPort: number;
  readonly rootKey: string;
  readonly projectId: string;
}

export interface Gateway {
  readonly url: string;
  /** What it has printed. */
  readonly printed: () => string;
  stop(): Promise<void>;
}

/** Runs a gateway by the files of its example, with other ports, ids and keys in them. */
export async function startGateway(
  path: string,
  { name, args, adapt = (text) => text }: GatewayProgram,
  { altalunePort, upstreamPort, rootKey, projectId }: Surroundings,
): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), `altalune-${name}-`));
  await cp(`examples/gateways/${name}`, folder, { recursive: true });
  const port = await freePort();
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), "utf8");
    const here = text
      .replaceAll(/(?<=127\.0\.0\.1:|port_value: )8080\b/g, altalunePort)
      .replaceAll(/(?<=127\.0\.0\.1:|port_value: )3000\b/g, String(upstreamPort))
      .replaceAll(/(?<=listen |:|port_value: )8000\b/g, String(port))
      .replaceAll("PROJECT_ID", projectId)
      .replaceAll(/(?<![A-Z_])ROOT_KEY/g, rootKey);
    await writeFile(join(folder, file), adapt(here));
  }
  const child = spawn(path, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  const over = once(child, "exit");
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  await Promise.race([untilListening(port), over.then(() => Promise.reject(new Error(`${name} ended: ${printed}`)))]);
  return {
    url: `http://127.0.0.1:${port}`,
    printed: () => printed,
    async stop() {
      process.off("exit", killWithUs);
      child.kill("SIGTERM");
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const connected = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) {
      return;
    }
    await sleep(20);
  }
}
