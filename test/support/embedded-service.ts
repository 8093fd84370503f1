import { createInterface } from "node:readline";
import { startEmbeddedPostgres } from "@altalune/embedded-postgres";

// A service with an embedded server, as a process that a test can kill: says in one line of JSON how its start went, and
// stops at the first line it reads.
const [dataDir = "", mode] = process.argv.slice(2);
try {
  const postgres = await startEmbeddedPostgres({ dataDir, share: mode === "share" });
  console.log(JSON.stringify({ started: true, url: postgres.url, pid: postgres.pid, adopted: postgres.adopted }));
  for await (const _line of createInterface({ input: process.stdin })) {
    break;
  }
  await postgres.stop();
} catch (error) {
  const { name, message } = error as Error;
  console.log(JSON.stringify({ started: false, name, message }));
}
process.stdin.destroy();
