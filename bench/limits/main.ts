/** What limits cost: from a cold start, and in statements as they grow. */
import { benchDatabase } from "../lib/database.js";
import { machineFacts } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { coldStart } from "./cold-start.js";
import { statementsReport } from "./statements.js";

const quick = process.env["BENCH_QUICK"] === "1";

await using database = await benchDatabase();
await using service = await startService(database.url);
const cold = await coldStart({
  databaseUrl: database.url,
  service,
  rounds: Number(process.env["BENCH_ROUNDS"] ?? (quick ? 1 : 5)),
  connections: Number(process.env["BENCH_CONNECTIONS"] ?? 32),
  seconds: Number(process.env["BENCH_SECONDS"] ?? (quick ? 3 : 10)),
  minutes: Number(process.env["BENCH_MINUTES"] ?? (quick ? 0 : 5)),
});
const statements = await statementsReport(database.url, service);
process.stdout.write(`${machineFacts(database.server)}\n${cold}\n${statements}`);
