/** What limits cost: from a cold start, and in statements as they grow. */
import { benchDatabase } from "../lib/database.js";
import { machineFacts } from "../lib/report.js";
import { startService } from "../lib/service-process.js";
import { coldReport } from "./cold-report.js";
import { coldStarts } from "./cold-start.js";
import { fleetReport } from "./fleet.js";
import { statementsReport } from "./statements.js";

await using database = await benchDatabase();
await using service = await startService(database.url);
const options = {
  databaseUrl: database.url,
  service,
  rounds: Number(process.env["BENCH_ROUNDS"] ?? 5),
  connections: Number(process.env["BENCH_CONNECTIONS"] ?? 32),
  seconds: Number(process.env["BENCH_SECONDS"] ?? 15),
  minutes: Number(process.env["BENCH_MINUTES"] ?? 10),
};
const cold = coldReport(await coldStarts(options), options);
const fleet = await fleetReport(options);
const statements = await statementsReport(database.url, service);
process.stdout.write(`${machineFacts(database.server)}\n${cold}${fleet}\n${statements}`);
