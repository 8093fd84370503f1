import { ObjectSlot } from "../../platform/object-slot.js";
import { containsSecret } from "../api_key/secret-format.js";
import type { UsedKey } from "../usage/hour-batch.js";
import { type SourceBatch, type SourceKind, sourceKindNumbers } from "./model.js";
import { networkText } from "./network.js";
import type { Source } from "./source.js";

/** So many networks and agents of a key are told apart between two writes; the rest is counted together. */
const maxNetworks = 8;
const maxAgents = 4;
/** A row takes 21 bytes, and a key at most 14 of them: when the database is away for long, this many are kept. */
const maxRows = 500_000;
/** Agents that are told apart, by all keys together: they are what clients call themselves, who may do so anew each time. */
const maxAgentNames = 4_096;
const maxBatchRows = 2_000;

/** Stands for what there is no room for. */
const rest = -1;
const none = -1;

/** Where the last rows of a key are. It names its table and does not hold it: the key may be remembered for long. */
interface Place {
  table: number;
  network: number;
  networks: number;
  agent: number;
  agents: number;
}

const places = new ObjectSlot<Place>();
let made = 0;

/**
 * Adds up in memory where keys are used from, until it is taken to be written. Whatever clients say, it holds a bounded number of rows a
 * key, and of all keys; what is beyond is counted as the rest, or at last dropped.
 */
export class SourceRecorder {
  #open = new SourceRows();
  #taken: SourceRows | undefined;
  #dropped = 0;

  /** Verifications whose sources were not kept, because the database was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  get rows(): number {
    return this.#open.size + (this.#taken?.left ?? 0);
  }

  /** Counts where a verification came from; cheap, and never fails. */
  record(key: UsedKey, source: Source): void {
    if (!this.#open.add(key, source)) {
      this.#dropped += 1;
    }
  }

  /** What was recorded by now is what `next` gives from here on, behind what is left from before. */
  close(): void {
    if (this.#taken === undefined && this.#open.size > 0) {
      this.#taken = this.#open;
      this.#open = new SourceRows();
    }
  }

  /** Some of what was closed, the same until it is written; undefined: all is. */
  next(): SourceBatch | undefined {
    return this.#taken?.next();
  }

  /** What `next` gave is written. */
  written(): void {
    this.#taken?.written();
    if (this.#taken?.left === 0) {
      this.#taken = undefined;
    }
  }
}

const chunkRows = 4_096;

/** Some rows, in columns: as objects, or in arrays that grow, they would take several times the memory. */
class Chunk {
  /** The places of the keys. */
  readonly keys = new Uint32Array(chunkRows);
  readonly kinds = new Uint8Array(chunkRows);
  /** A network, or the place of an agent's name. */
  readonly values = new Float64Array(chunkRows);
  readonly verifications = new Uint32Array(chunkRows);
  /** The row of the same kind that the same key had before. */
  readonly earlier = new Int32Array(chunkRows);
}

/** Where keys are used from, once a key, kind and value. */
class SourceRows {
  readonly #id = made++;
  readonly #keys: UsedKeyIds[] = [];
  readonly #chunks: Chunk[] = [];
  readonly #agentPlaces = new Map<string, number>();
  readonly #agents: string[] = [];
  #size = 0;
  #written = 0;

  get size(): number {
    return this.#size;
  }

  get left(): number {
    return this.#size - this.#written;
  }

  /** @returns false: there is no room */
  add(key: UsedKey, { network, userAgent }: Source): boolean {
    const place = this.#placeOf(key);
    if (!this.#increment(place.network, network)) {
      if (this.#size >= maxRows) {
        return false;
      }
      this.#addNetwork(key, place, network);
    }
    if (userAgent !== "") {
      const agent = this.#agentOf(userAgent, place.agents < maxAgents);
      if (!this.#increment(place.agent, agent)) {
        this.#addAgent(key, place, agent);
      }
    }
    return true;
  }

  next(): SourceBatch {
    const until = Math.min(this.#written + maxBatchRows, this.#size);
    const batch = {
      projectIds: [] as bigint[],
      apiKeyIds: [] as bigint[],
      kinds: [] as number[],
      values: [] as string[],
      verifications: [] as number[],
    };
    for (let row = this.#written; row < until; row++) {
      const chunk = this.#chunkOf(row);
      const at = row % chunkRows;
      const { projectId, apiKeyId } = this.#keys[chunk.keys[at] as number] as UsedKeyIds;
      const kind = chunk.kinds[at] as number;
      batch.projectIds.push(projectId);
      batch.apiKeyIds.push(apiKeyId);
      batch.kinds.push(kind);
      batch.values.push(this.#text(kind, chunk.values[at] as number));
      batch.verifications.push(chunk.verifications[at] as number);
    }
    return batch;
  }

  written(): void {
    this.#written = Math.min(this.#written + maxBatchRows, this.#size);
  }

  #text(kind: number, value: number): string {
    if (value === rest) {
      return "";
    }
    return kind === sourceKindNumbers.agent ? (this.#agents[value] ?? "") : networkText(value);
  }

  #placeOf(key: UsedKey): Place {
    let place = places.get(key);
    if (place === undefined) {
      place = { table: this.#id, network: none, networks: 0, agent: none, agents: 0 };
      places.set(key, place);
    } else if (place.table !== this.#id) {
      place.table = this.#id;
      place.network = none;
      place.networks = 0;
      place.agent = none;
      place.agents = 0;
    }
    return place;
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor(row / chunkRows)] as Chunk;
  }

  /** @param last of the rows of a key */
  #increment(last: number, value: number): boolean {
    let row = last;
    while (row !== none) {
      const chunk = this.#chunkOf(row);
      const at = row % chunkRows;
      if (chunk.values[at] === value) {
        chunk.verifications[at] = (chunk.verifications[at] as number) + 1;
        return true;
      }
      row = chunk.earlier[at] as number;
    }
    return false;
  }

  #addNetwork(key: UsedKey, place: Place, network: number): void {
    if (place.networks < maxNetworks) {
      place.networks += 1;
      place.network = this.#append(key, place, "network", network);
    } else if (!this.#increment(place.network, rest)) {
      place.network = this.#append(key, place, "network", rest);
    }
  }

  #addAgent(key: UsedKey, place: Place, agent: number): void {
    if (place.agents < maxAgents && agent !== rest) {
      place.agents += 1;
      place.agent = this.#append(key, place, "agent", agent);
    } else if (!this.#increment(place.agent, rest)) {
      place.agent = this.#append(key, place, "agent", rest);
    }
  }

  #append(key: UsedKey, place: Place, kind: SourceKind, value: number): number {
    const row = this.#size++;
    if (row % chunkRows === 0) {
      this.#chunks.push(new Chunk());
    }
    const chunk = this.#chunkOf(row);
    const at = row % chunkRows;
    chunk.keys[at] = this.#keyPlaceOf(key, place);
    chunk.kinds[at] = sourceKindNumbers[kind];
    chunk.values[at] = value;
    chunk.verifications[at] = 1;
    chunk.earlier[at] = place[kind];
    return row;
  }

  /** A key's first row is of a network. */
  #keyPlaceOf({ projectId, apiKeyId }: UsedKey, { network }: Place): number {
    if (network === none) {
      return this.#keys.push({ projectId, apiKeyId }) - 1;
    }
    const chunk = this.#chunkOf(network);
    const at = network % chunkRows;
    return chunk.keys[at] as number;
  }

  /** @param hasRoom whether the key has room for another: one that has not must not take names from other keys */
  #agentOf(userAgent: string, hasRoom: boolean): number {
    const known = this.#agentPlaces.get(userAgent);
    if (known !== undefined) {
      return known;
    }
    if (!hasRoom || this.#agents.length >= maxAgentNames) {
      return rest;
    }
    const copy = copyOf(userAgent);
    const told = toldAgent(copy);
    if (told === undefined) {
      return rest;
    }
    const place = this.#agents.push(told) - 1;
    this.#agentPlaces.set(copy, place);
    return place;
  }
}

type UsedKeyIds = Omit<UsedKey, "slots">;

/** The same text, which does not hold the longer one in memory that it may have been cut from. */
function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

/** What is stored and shown of it: text that holds no secret. @returns undefined: nothing */
function toldAgent(userAgent: string): string | undefined {
  const told = userAgent
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
  return told === "" || containsSecret(told) ? undefined : told;
}
