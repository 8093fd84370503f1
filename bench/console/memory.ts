import { setTimeout as pause } from "node:timers/promises";
import { type ServiceProcess, startService } from "../lib/service-process.js";
import { memoryOf } from "../verify/process-usage.js";

/** After so long nothing of a start is left to do. */
const restMs = 3_000;

/** Bytes of memory that a server occupies. */
export interface AtRest {
  readonly started: number;
  /** After somebody has loaded the console's page and all that it names. */
  readonly visited: number;
}

/** Starts a server with the console or without it, and lets it rest. */
export async function atRest(databaseUrl: string, keys: ServiceProcess, isOn: boolean): Promise<AtRest> {
  const environment = { ALTALUNE_CONSOLE: isOn ? "on" : "off" };
  await using service = await startService(databaseUrl, { keys, poolSize: 10 }, { environment });
  await pause(restMs);
  const started = memoryOf(service.pid);
  const page = await fetch(`${service.url}/console`);
  const names = (await page.text()).matchAll(/"(\/console\/assets\/[^"]+)"/g);
  for (const [, path] of names) {
    await (await fetch(service.url + path, { headers: { "accept-encoding": "br" } })).arrayBuffer();
  }
  await pause(restMs);
  return { started, visited: memoryOf(service.pid) };
}
