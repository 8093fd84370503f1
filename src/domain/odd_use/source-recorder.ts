import { ObjectSlot, type SlotHolder } from "../../platform/object-slot.js";
import { containsSecret } from "../api_key/secret-format.js";
import { type SourceBatch, sourceKindNumbers } from "./model.js";
import { networkText } from "./network.js";
import type { Source } from "./source.js";

/** Whose verification it was. */
export interface UsedKey extends SlotHolder {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

/** So many networks and agents of a key are told apart between two writes; the rest is counted together. */
const maxNetworks = 8;
const maxAgents = 4;
/** A row takes some 40 bytes here, and a key at most 14: when the database is away for long, this many are kept. */
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

/** In columns, as a batch is written. */
class SourceRows {
  readonly #id = made++;
  readonly #keys: UsedKeyIds[] = [];
  /** A network, or the place of an agent's name. */
  readonly #values: number[] = [];
  readonly #isAgent: boolean[] = [];
  readonly #verifications: number[] = [];
  /** The row of the same kind that the same key had before. */
  readonly #earlier: number[] = [];
  readonly #agentPlaces = new Map<string, number>();
  readonly #agents: string[] = [];
  #written = 0;

  get size(): number {
    return this.#values.length;
  }

  get left(): number {
    return this.#values.length - this.#written;
  }

  /** @returns false: there is no room */
  add(key: UsedKey, { network, userAgent }: Source): boolean {
    const place = this.#placeOf(key);
    if (!this.#increment(place.network, network)) {
      if (this.size >= maxRows) {
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
    const from = this.#written;
    const until = Math.min(from + maxBatchRows, this.size);
    const keys = this.#keys.slice(from, until);
    const isAgent = this.#isAgent.slice(from, until);
    return {
      projectIds: keys.map(({ projectId }) => projectId),
      apiKeyIds: keys.map(({ apiKeyId }) => apiKeyId),
      kinds: isAgent.map((agent) => sourceKindNumbers[agent ? "agent" : "network"]),
      values: this.#values.slice(from, until).map((value, i) => this.#text(value, isAgent[i] === true)),
      verifications: this.#verifications.slice(from, until),
    };
  }

  written(): void {
    this.#written = Math.min(this.#written + maxBatchRows, this.size);
  }

  #text(value: number, isAgent: boolean): string {
    if (value === rest) {
      return "";
    }
    return isAgent ? (this.#agents[value] ?? "") : networkText(value);
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

  /** @param last of the rows of a key */
  #increment(last: number, value: number): boolean {
    let row = last;
    while (row !== none && this.#values[row] !== value) {
      row = this.#earlier[row] ?? none;
    }
    if (row === none) {
      return false;
    }
    this.#verifications[row] = (this.#verifications[row] ?? 0) + 1;
    return true;
  }

  #addNetwork(key: UsedKey, place: Place, network: number): void {
    if (place.networks < maxNetworks) {
      place.networks += 1;
      place.network = this.#append(key, false, network, place.network);
    } else if (!this.#increment(place.network, rest)) {
      place.network = this.#append(key, false, rest, place.network);
    }
  }

  #addAgent(key: UsedKey, place: Place, agent: number): void {
    if (place.agents < maxAgents && agent !== rest) {
      place.agents += 1;
      place.agent = this.#append(key, true, agent, place.agent);
    } else if (!this.#increment(place.agent, rest)) {
      place.agent = this.#append(key, true, rest, place.agent);
    }
  }

  #append({ projectId, apiKeyId }: UsedKey, isAgent: boolean, value: number, earlier: number): number {
    const before = earlier === none ? undefined : this.#keys[earlier];
    this.#keys.push(before ?? { projectId, apiKeyId });
    this.#values.push(value);
    this.#isAgent.push(isAgent);
    this.#verifications.push(1);
    this.#earlier.push(earlier);
    return this.size - 1;
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

interface UsedKeyIds {
  readonly projectId: bigint;
  readonly apiKeyId: bigint;
}

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
