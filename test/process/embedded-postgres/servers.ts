import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "@altalune/embedded-postgres";
import pg from "pg";
import { inject, onTestFinished, type TestContext } from "vitest";
import { processState } from "../../../packages/embedded-postgres/src/process-state.js";
import { type EmbeddedService, runEmbeddedService } from "../../support/embedded-service-process.js";
import { provenOnlyIf } from "../../support/unproven.js";

export const asRoot = process.getuid?.() === 0;

/** Starts the embedded Postgres, which stops with the test. */
export async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(options);
  onTestFinished(() => postgres.stop());
  return postgres;
}

/** Runs a process that starts it for itself, which is killed with the test. */
export function runService(dataDir: string, mode?: "own" | "share"): EmbeddedService {
  const service = runEmbeddedService(dataDir, mode);
  onTestFinished(async () => {
    if (service.process.exitCode === null && service.process.signalCode === null) {
      await service.signal("SIGKILL");
    }
  });
  return service;
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}

/** A zombie is not: the machine's init may reap an orphan late. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await processState(pid, inject("scratchDir"))) !== "gone";
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    await sleep(20);
  }
}

export function needRoot(skip: TestContext["skip"]): void {
  provenOnlyIf(skip, asRoot, { what: "the embedded Postgres under root", why: "not root", remedy: "run as root" });
}
