import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { owned } from "../lib/cleanup.js";
import type { BenchDatabase } from "../lib/database.js";
import {
  commandLineCaller,
  createDatabase,
  createLogger,
  createPool,
  createServices,
  MasterKey,
} from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { startService } from "../lib/service-process.js";
import { Child } from "../verify/child.js";
import { insertKeys, newKeys } from "../verify/keys.js";
import { requiredScope } from "../verify/requests.js";
import { startNginx } from "./nginx.js";
import type { Asking } from "./questions.js";

/** What is measured, and how it is asked. */
export interface GatewaySubject extends Asking {
  readonly name: string;
  readonly pid: number;
  /** Whether that process does the work; if not, children of it do, and what the work costs is not told. */
  readonly worksItself: boolean;
  readonly connections: number;
  /** Of each connection. */
  readonly streams: number;
}

export interface GatewaySubjects extends AsyncDisposable {
  /** In the order in which they take turns. */
  readonly all: readonly GatewaySubject[];
  readonly keysFile: string;
}

const keyCount = 64;
const atOnce = 32;

/** Starts what is measured, each in a process of its own. */
export async function startGatewaySubjects(database: BenchDatabase): Promise<GatewaySubjects> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-gateways-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const keysFile = join(folder, "keys.json");
  const keys = newKeys(keyCount);
  await writeFile(keysFile, JSON.stringify(keys));

  const service = stack.use(await startService(database.url));
  const projectId = await makeProject(database.url, service.masterKey, keys);
  const child = async (file: string, args: readonly string[] = []) => {
    const started = stack.use(Child.start(`../gateways/${file}`, args));
    return { pid: started.pid, port: (await started.next<{ readonly port: number }>()).port };
  };
  const { pid, url, rootKey } = service;
  const port = Number(new URL(url).port);
  const nginx = await startNginx({ altalunePort: String(port), rootKey, projectId });
  if (nginx !== undefined) {
    stack.use(nginx);
  }

  const target = `/forward-auth?project_id=${projectId}&scope=${requiredScope}`;
  const http = {
    wire: "http",
    target,
    rootKey,
    projectId,
    worksItself: true,
    connections: atOnce,
    streams: 1,
  } as const;
  const grpc = { ...http, wire: "grpc" } as const;
  const byNginx = { target: "/", worksItself: false } as const;
  const overGrpc = [
    { name: "floor, gRPC", ...(await child("grpc-floor.ts")) },
    { name: "Altalune, ext_authz", pid, port },
    { name: "stock connect-node", ...(await child("stock.ts")) },
  ];
  return owned({
    keysFile,
    all: [
      { ...http, name: "floor, HTTP/1.1", ...(await child("floor.ts", [keysFile])) },
      { ...http, name: "Altalune, forward-auth", pid, port },
      ...overGrpc.map((subject) => ({ ...grpc, ...subject })),
      ...overGrpc.map((subject) => ({ ...grpc, ...subject, connections: 1, streams: atOnce })),
      ...(nginx === undefined
        ? []
        : [
            { ...http, ...byNginx, name: "nginx", pid: nginx.pid, port: nginx.openPort },
            { ...http, ...byNginx, name: "nginx, auth_request", pid: nginx.pid, port: nginx.guardedPort },
          ]),
    ],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  });
}

async function makeProject(databaseUrl: string, masterKey: string, keys: readonly string[]): Promise<string> {
  const pool = createPool(databaseUrl, { max: 4, logger: createLogger("warn") });
  const db = createDatabase(pool);
  const { projects } = await createServices({
    db,
    masterKey: new MasterKey(Buffer.from(masterKey, "base64")),
    environmentKey: undefined,
  });
  const project = await projects.create(commandLineCaller, uncappedProject);
  await insertKeys(db, project.id, keys);
  await db.destroy();
  return project.publicId;
}
