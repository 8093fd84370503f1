import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { readPostmasterFile } from "../../packages/embedded-postgres/src/postmaster-file.js";
import { stopPostmaster } from "../../packages/embedded-postgres/src/stop-postmaster.js";
import type { Estate } from "./reaper-process.js";
import { dropRunDatabases } from "./run-databases.js";

/** Ctrl-C in the terminal is meant for the run, whose end we wait for. */
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => undefined);
}

// Arrives whole when the run has closed its end, which its death does too.
const { scratchDir, runName, sharedServerUrl }: Estate = JSON.parse(await text(process.stdin));
if (sharedServerUrl) {
  await dropRunDatabases(sharedServerUrl, runName).catch((error) => console.error(error));
}
for (const name of await readdir(scratchDir, { recursive: true })) {
  if (name.endsWith("postmaster.pid")) {
    await stopCluster(dirname(join(scratchDir, name)));
  }
}
await rm(scratchDir, { recursive: true, force: true, maxRetries: 5 });

async function stopCluster(pgData: string): Promise<void> {
  const file = await readPostmasterFile(pgData);
  if (file) {
    await stopPostmaster(file.pid, pgData);
  }
}
