/**
 * What a page of a listing costs at the start, after a thousand pages and at the end of a million keys, walked by token.
 *
 * Pages are asked for at the service layer, where what every page costs alike does not hide the difference, and by the rpc,
 * which is what a client sees. Pages of the three places take turns.
 */
import { benchDatabase } from "../lib/database.js";
import {
  commandLineCaller,
  createDatabase,
  createLogger,
  createPool,
  createServices,
  MasterKey,
} from "../lib/product.js";
import { uncappedProject } from "../lib/project.js";
import { machineFacts, median, table } from "../lib/report.js";
import { RpcClient } from "../lib/rpc-client.js";
import { startService } from "../lib/service-process.js";
import { fillProject } from "./fill.js";
import { orders, type Pages, rpcPages, servicePages, walk } from "./pages.js";

const keys = Number(process.env["BENCH_KEYS"] ?? 1_000_000);
const repeats = Number(process.env["BENCH_REPEATS"] ?? 200);
const pageSize = 100;
const middlePage = Math.min(1_000, Math.ceil(keys / pageSize / 2));

await using database = await benchDatabase();
await using service = await startService(database.url);
const pool = createPool(database.url, { max: 4, logger: createLogger("warn"), unbounded: true });
const db = createDatabase(pool);
const masterKey = new MasterKey(Buffer.from(service.masterKey, "base64"));
const { projects, apiKeys } = await createServices({ db, masterKey, environmentKey: undefined });
const project = await projects.create(commandLineCaller, uncappedProject);
await fillProject(db, project.id, keys);

const rpc = new RpcClient(service);
const rows: string[][] = [];
for (const order of orders) {
  const atService = servicePages(apiKeys, project, order, pageSize);
  const places = await placesOf(atService);
  for (const [way, pages] of [
    ["service", atService],
    ["rpc", rpcPages(rpc, project.publicId, order, pageSize)],
  ] as const) {
    const [first, middle, last] = await medianMs(pages, places);
    rows.push([
      (middle / first).toFixed(2),
      (last / first).toFixed(2),
      `${order.field} ${order.direction}`,
      way,
      ...[first, middle, last].map((ms) => `${ms.toFixed(2)} ms`),
    ]);
  }
}

process.stdout.write(`${machineFacts(database.server)}
${keys} keys in one project, pages of ${pageSize}; medians of ${repeats} pages a place, in turn

${table([`page ${middlePage} / first`, "last / first", "sorting", "way", "first", `page ${middlePage}`, "last"], rows)}

Every page was reached by the token of the one before, and the walks met every key once.
`);
rpc.close();
await db.destroy();

type Places = readonly [first: string, middle: string, last: string];

/** Walks all pages and keeps the tokens of three of them. */
async function placesOf(pages: Pages): Promise<Places> {
  const { tokens, met } = await walk(pages);
  if (met !== keys) {
    throw new Error(`the walk met ${met} keys of ${keys}`);
  }
  return ["", tokens[middlePage - 1] ?? "", tokens.at(-1) ?? ""];
}

async function medianMs(pages: Pages, places: Places): Promise<readonly [number, number, number]> {
  const taken: [number[], number[], number[]] = [[], [], []];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [place, token] of places.entries()) {
      const since = performance.now();
      await pages(token);
      taken[place]?.push(performance.now() - since);
    }
  }
  return [median(taken[0]), median(taken[1]), median(taken[2])];
}
