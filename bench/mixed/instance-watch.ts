import type { ServiceProcess } from "../lib/service-process.js";
import { collectGarbage } from "./heap.js";

/** What an instance tells of itself, in bytes and seconds. */
export interface InstanceSample {
  readonly at: number;
  readonly rss: number;
  /** With the buffers outside of it, and without what is too young to have outlived a collection. */
  readonly heap: number;
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

  async #sample(): Promise<InstanceSample> {
    const text = await (await fetch(`${this.#service.url}/metrics`)).text();
    const lines = text.split("\n");
    const value = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1));
    const young = value('nodejs_heap_space_size_used_bytes{space="new"}');
    return {
      at: performance.now(),
      rss: value("process_resident_memory_bytes"),
      heap: value("nodejs_heap_size_used_bytes") - young + value("nodejs_external_memory_bytes"),
      records: value("altalune_cache_records"),
      refills: value("altalune_limit_refills_total"),
    };
  }
}
