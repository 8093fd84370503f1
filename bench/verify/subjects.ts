import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { owned } from "../lib/cleanup.js";
import { type BenchDatabase, onServer } from "../lib/database.js";
import {
  commandLineCaller,
  createDatabase,
  createLogger,
  createPool,
  createServices,
  MasterKey,
} from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { remember } from "../lib/remember.js";
import { RpcClient } from "../lib/rpc-client.js";
import { type ServiceProcess, startService } from "../lib/service-process.js";
import { Child } from "./child.js";
import { insertKeys, newKeys } from "./keys.js";
import { goodBody, LoadSocket } from "./load-socket.js";
import type { Subject } from "./measure.js";
import { requestBytes } from "./requests.js";

const rpcPath = "/altalune.v1.VerificationService/VerifyApiKey";
const warmUpConnections = 32;

export interface Subjects extends AsyncDisposable {
  /** In the order in which they take turns. */
  readonly all: readonly Subject[];
  /** A file with the keys that all of them know, as a JSON array. */
  readonly keysFile: string;
  /** Waits until the service has added up the usage that its rounds left in the journal. */
  settled(): Promise<void>;
}

/** Starts what is measured, each in a process of its own, and gives all of them the same keys. */
export async function startSubjects(database: BenchDatabase, keyCount: number): Promise<Subjects> {
  const folder = await mkdtemp(join(tmpdir(), "altalune-bench-keys-"));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const keys = newKeys(keyCount);
  const keysFile = join(folder, "keys.json");
  await writeFile(keysFile, JSON.stringify(keys));

  const service = stack.use(await startService(database.url));
  await addKeys(database.url, service.masterKey, keys);
  const floor = stack.use(Child.start("./floor.ts", [keysFile]));
  const floorPort = await portOf(floor);
  const adapter = stack.use(Child.start("./adapter.ts", [database.url, service.masterKey]));
  const adapterPort = await portOf(adapter);
  const others = stack.use(await onServer(database.url));
  const betterAuth = stack.use(Child.start("./better-auth.mjs", [others.url, keysFile]));
  const betterAuthPort = await portOf(betterAuth);

  const servicePort = Number(new URL(service.url).port);
  for (const port of [servicePort, adapterPort]) {
    await rememberAt(service, port, keys);
  }
  const authorization = service.rootKey;
  const bare = { path: "/", authorization: randomBytes(30).toString("base64url"), encoding: "json" } as const;
  const altalune = { path: rpcPath, authorization, port: servicePort, pid: service.pid };
  const all: readonly Subject[] = [
    { ...bare, name: "floor", port: floorPort, pid: floor.pid },
    { ...altalune, name: "Altalune, JSON", encoding: "json" },
    { ...altalune, name: "Altalune, binary", encoding: "binary" },
    { ...altalune, name: "Altalune, REST", path: "/v1/api_keys:verify", encoding: "json" },
    {
      name: "stock adapter, JSON",
      path: rpcPath,
      authorization,
      encoding: "json",
      port: adapterPort,
      pid: adapter.pid,
    },
    { ...bare, name: "better-auth, HTTP", port: betterAuthPort, pid: betterAuth.pid },
    { ...bare, name: "better-auth, in process", port: 0, pid: betterAuth.pid, inProcess: betterAuth },
  ];
  for (const subject of all.filter(({ path }) => path === rpcPath)) {
    await askOnce(subject, keys);
  }
  return owned({
    keysFile,
    all,
    settled: () => emptyJournal(database.url),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  });
}

export async function portOf(child: Child): Promise<number> {
  return (await child.next<{ readonly port: number }>()).port;
}

export async function addKeys(databaseUrl: string, masterKey: string, keys: readonly string[]): Promise<void> {
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
}

async function emptyJournal(databaseUrl: string): Promise<void> {
  const pool = createPool(databaseUrl, { max: 1, logger: createLogger("warn") });
  const isEmpty = async () => {
    const { rows } = await pool.query<{ left: boolean }>("select exists (select from altalune_usage_journal) as left");
    return rows[0]?.left === false;
  };
  // Usage is written a second after it was counted; only then does the journal tell.
  do {
    await sleep(2_000);
  } while (!(await isEmpty()));
  await pool.end();
}

/** So that the server at this port remembers all keys. */
export async function rememberAt(service: ServiceProcess, port: number, keys: readonly string[]): Promise<void> {
  const rpc = new RpcClient({ url: `http://127.0.0.1:${port}`, rootKey: service.rootKey });
  await remember(rpc, keys);
  rpc.close();
}

/** What follows is warm: this subject has answered for each key before. */
async function askOnce(subject: Subject, keys: readonly string[]): Promise<void> {
  const left = keys.values();
  const next = () => {
    const { done, value } = left.next();
    return done ? undefined : requestBytes(subject, value);
  };
  await Promise.all(
    Array.from({ length: warmUpConnections }, async () => {
      const socket = await LoadSocket.open(connect(subject.port, "127.0.0.1"), goodBody[subject.encoding]);
      await socket.loop(next, () => undefined);
    }),
  );
}
