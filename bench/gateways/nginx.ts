import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../packages/embedded-postgres/src/free-port.js";
import { owned } from "../lib/cleanup.js";

/** nginx before an API that costs nothing. */
export interface Nginx extends AsyncDisposable {
  readonly pid: number;
  /** As examples/gateways/nginx has it. */
  readonly guardedPort: number;
  /** Without a word about keys. */
  readonly openPort: number;
}

/** Where what the example names is here. */
export interface NginxSurroundings {
  readonly altalunePort: string;
  readonly rootKey: string;
  readonly projectId: string;
}

const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
  .map((kind) => `${kind}_temp_path ${kind};`)
  .join(" ");

/** Undefined: there is no nginx on this machine. */
export async function startNginx({ altalunePort, rootKey, projectId }: NginxSurroundings): Promise<Nginx | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-nginx-"));
  const [guardedPort, openPort, apiPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const example = await readFile("examples/gateways/nginx/nginx.conf", "utf8");
  const configuration = example
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${altalunePort}`)
    .replaceAll("127.0.0.1:3000", `127.0.0.1:${apiPort}`)
    .replace("listen 8000", `listen 127.0.0.1:${guardedPort}`)
    .replaceAll("PROJECT_ID", projectId)
    .replaceAll("ROOT_KEY", rootKey)
    .replace(
      "http {",
      `http {
        access_log off; keepalive_requests 1000000000; ${temporary}
        server { listen 127.0.0.1:${apiPort}; location / { return 200 "hello"; } }
        server { listen 127.0.0.1:${openPort}; location / { proxy_pass http://127.0.0.1:${apiPort}; } }`,
    );
  await writeFile(join(folder, "nginx.conf"), configuration);
  const child = spawn(
    "nginx",
    ["-p", folder, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off; pid nginx.pid; worker_processes 1;"],
    {
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
      stdio: ["ignore", "ignore", process.env["BENCH_LOG"] ? "inherit" : "ignore"],
    },
  );
  const failed = Promise.withResolvers<false>();
  child.once("error", () => failed.resolve(false));
  child.once("exit", () => failed.reject(new Error("nginx ended; BENCH_LOG=1 shows why")));
  failed.promise.catch(() => undefined);
  const started = await Promise.race([failed.promise, sleep(1_000).then(() => true)]);
  if (!started) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  return owned({
    pid: child.pid ?? 0,
    guardedPort,
    openPort,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  });
}
