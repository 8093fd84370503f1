import { LRUCache } from "lru-cache";
import type { FetchText } from "./fetch-text.js";

/** In milliseconds. */
export interface KeepTimes {
  /** How long an answer is used before it is asked for again. */
  readonly freshMs: number;
  /** How long at most when that fails. */
  readonly keptMs: number;
  /** How long nothing is asked of a server again: anybody may cause it. */
  readonly restMs: number;
}

export interface KeptAnswersOptions<Answer> {
  readonly fetchText: FetchText;
  /** @throws Error when it is not what it must be */
  readonly read: (text: string) => Answer;
  readonly times: KeepTimes;
  readonly onFailure: (url: string, error: unknown) => void;
  readonly now?: () => number;
}

interface Server<Answer> {
  kept: { readonly answer: Answer; readonly since: number } | undefined;
  askedAt: number;
  asking: Promise<void> | undefined;
}

const maxServers = 1_000;

/** Remembers what servers have answered, by its URL, such as public keys, and asks again now and then. */
export class KeptAnswers<Answer> {
  readonly #servers = new LRUCache<string, Server<Answer>>({ max: maxServers });
  readonly #options: Required<KeptAnswersOptions<Answer>>;

  constructor(options: KeptAnswersOptions<Answer>) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** @returns undefined: the server is away, and has been for long */
  async find(url: string): Promise<Answer | undefined> {
    const { times, now } = this.#options;
    const server = this.#server(url);
    if (server.kept === undefined || now() - server.kept.since >= times.freshMs) {
      await this.#ask(url, server);
    }
    const { kept } = server;
    return kept === undefined || now() - kept.since >= times.keptMs ? undefined : kept.answer;
  }

  /** What the server answers now, where the answer that is kept lacks something. @returns undefined: it is no other */
  async findAnew(url: string): Promise<Answer | undefined> {
    const server = this.#server(url);
    const before = server.kept;
    await this.#ask(url, server);
    return server.kept === before ? undefined : server.kept?.answer;
  }

  #server(url: string): Server<Answer> {
    let server = this.#servers.get(url);
    if (server === undefined) {
      server = { kept: undefined, askedAt: Number.NEGATIVE_INFINITY, asking: undefined };
      this.#servers.set(url, server);
    }
    return server;
  }

  /** Asks once at a time, and not again for a while. */
  async #ask(url: string, server: Server<Answer>): Promise<void> {
    const { fetchText, read, times, onFailure, now } = this.#options;
    if (server.asking === undefined && now() - server.askedAt >= times.restMs) {
      server.askedAt = now();
      server.asking = fetchText(url)
        .then((text) => {
          server.kept = { answer: read(text), since: now() };
        })
        .catch((error: unknown) => onFailure(url, error))
        .finally(() => {
          server.asking = undefined;
        });
    }
    await server.asking;
  }
}
