/**
 * How fast keys are created, against the floor: the same statements by the driver alone.
 *
 * The service runs in a process of its own and is called over HTTP, with a root key of its database; this process makes the
 * load. The ways take turns within one run, so that what else the machine does falls on all of them.
 */
import type { PoolClient } from "pg";
import type { Project } from "../../src/domain/project/model.js";
import { benchDatabase } from "../lib/database.js";
import {
  commandLineCaller,
  createDatabase,
  createLogger,
  createPool,
  createServices,
  MasterKey,
} from "../lib/product.js";
import { RpcClient } from "../lib/rpc-client.js";
import { startService } from "../lib/service-process.js";
import { captureCreate } from "./capture.js";
import { Floor } from "./floor.js";
import { rateOf } from "./rate.js";
import { places, type Rates, report, ways } from "./report.js";
import { freshName, keyRequest, keyRequestJson } from "./request.js";

const callers = 16;
const rounds = Number(process.env["BENCH_ROUNDS"] ?? 7);
const roundMs = Number(process.env["BENCH_ROUND_MS"] ?? 3_000);
/** The service is a process of its own, and goes on getting faster for thousands of creates. */
const warmUpMs = 6_000;

await using database = await benchDatabase();
await using service = await startService(database.url);
const logger = createLogger("warn");
const masterKey = new MasterKey(Buffer.from(service.masterKey, "base64"));
const pool = createPool(database.url, { max: callers, logger });
const db = createDatabase(pool);
const { projects, apiKeys, audit } = await createServices({ db, masterKey, environmentKey: undefined });

const ofCallers: Project[] = [];
for (let i = 0; i < callers; i++) {
  ofCallers.push(await projects.create(commandLineCaller, projectSettings(`bench ${i}`)));
}
const floor = await makeFloor();
const rpc = new RpcClient(service);
const floorPool = createPool(database.url, { max: callers, logger });
const clients = await Promise.all(Array.from({ length: callers }, () => floorPool.connect()));

const create: Readonly<Record<(typeof ways)[number], (project: Project, caller: number) => Promise<unknown>>> = {
  rpc: (project) => rpc.call("ApiKeyService/CreateApiKey", keyRequestJson(project.publicId, freshName())),
  service: (project) => apiKeys.create(commandLineCaller, project, keyRequest(freshName())),
  floor: (project, caller) => floor.createWithLookups(at(clients, caller), project),
  "floor, transaction alone": (project, caller) => floor.create(at(clients, caller), project),
};

const rates: Rates = new Map();
for (let round = -1; round < rounds; round++) {
  for (const place of places) {
    for (const way of ways) {
      const rate = await rateOf(callers, round < 0 ? warmUpMs : roundMs, (caller) =>
        create[way](at(ofCallers, place === "16 projects" ? caller : 0), caller),
      );
      if (round >= 0) {
        rates.set(`${way} ${place}`, [...(rates.get(`${way} ${place}`) ?? []), rate]);
      }
    }
  }
}
await checkTrails();
process.stdout.write(report({ rates, server: database.server, callers, rounds, roundMs, statements: floor.counts }));

rpc.close();
for (const client of clients) {
  client.release();
}
await floorPool.end();
await db.destroy();

async function makeFloor(): Promise<Floor> {
  // Creates before it, so that no two numbers of the captured one are the same: they tell its parameters apart.
  for (let i = 0; i < 40; i++) {
    await apiKeys.create(commandLineCaller, at(ofCallers, i < 25 ? 0 : -1), keyRequest(freshName()));
  }
  const captured = await captureCreate(pool, masterKey, at(ofCallers, -1).publicId);
  const sealed = await db
    .selectFrom("altalune_settings")
    .select("value")
    .where("name", "=", "trail_key")
    .executeTakeFirstOrThrow();
  return new Floor(captured, masterKey.decrypt(sealed.value, "trail_key"));
}

/** The floor wrote events too: had it done other work than the service, its chain would not hold. */
async function checkTrails(): Promise<void> {
  for (const project of ofCallers) {
    const { intact, firstBrokenSequence } = await audit.verify(
      project,
      { fromSequence: 0n, toSequence: 0n },
      undefined,
    );
    if (!intact) {
      throw new Error(`the trail of ${project.name} does not hold at ${firstBrokenSequence}`);
    }
  }
}

function projectSettings(name: string) {
  return {
    name,
    keyPrefix: "sk-",
    maxKeysPerOwner: 5,
    allowNeverExpires: false,
    defaultScopes: [],
    defaultTier: "",
  };
}

function at<T extends Project | PoolClient>(items: readonly T[], index: number): T {
  const item = items.at(index);
  if (item === undefined) {
    throw new RangeError(`there is no item ${index}`);
  }
  return item;
}
