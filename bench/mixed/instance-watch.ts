import type { ServiceProcess } from "../lib/service-process.js";
import { collectGarbage, takeSnapshot } from "./heap.js";
import type { Held } from "./snapshot.js";

/** What an instance tells of itself, in bytes and seconds. */
export interface InstanceSample {
  readonly at: number;
  readonly rss: number;
  /** All that the heap holds, garbage and what is outside of it included. */
  readonly heap: number;
  /** Of that, what is no code, and not too young to have outlived a collection. */
  readonly objects: number;
  /** Of that, what was compiled: more of it is while there are functions to be made faster. */
  readonly code: number;
  readonly records: number;
  /** Statements that asked for shares of limits, or returned them. */
  readonly refills: number;
}

/** Reads an instance's /metrics every so often. */
export class InstanceWatch {
  readonly #service: ServiceProcess;
  readonly #inspectorPort: number;
  readonly samples: InstanceSample[] = [];
  /** Right after a collection: what the process holds. */
  readonly collected: InstanceSample[] = [];
  /** Before and after calls that are in no other figure. */
  readonly snapshots: Held[] = [];

  constructor(service: ServiceProcess, inspectorPort: number) {
    this.#service = service;
    this.#inspectorPort = inspectorPort;
  }

  async look(): Promise<void> {
    this.samples.push(await this.#sample());
  }

  async lookAtHeap(): Promise<void> {
    await collectGarbage(this.#inspectorPort);
    this.collected.push(await this.#sample());
  }

  /** @param name of the file, should it be kept */
  async takeSnapshot(name: string): Promise<void> {
    this.snapshots.push(await takeSnapshot(this.#inspectorPort, name));
  }

  async #sample(): Promise<InstanceSample> {
    const text = await (await fetch(`${this.#service.url}/metrics`)).text();
    const lines = text.split("\n");
    const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1));
    const spaces = (...names: readonly string[]) =>
      names.reduce((sum, name) => sum + value(`nodejs_heap_space_size_used_bytes{space="${name}"}`), 0);
    const heap = value("nodejs_heap_size_used_bytes") + value("nodejs_external_memory_bytes");
    const code = spaces("code", "code_large_object", "trusted", "trusted_large_object");
    return {
      at: performance.now(),
      rss: value("process_resident_memory_bytes"),
      heap,
      objects: heap - code - spaces("new", "new_large_object"),
      code,
      records: value("altalune_cache_records"),
      refills: value("altalune_limit_refills_total"),
    };
  }
}
