import type { Source } from "../../../domain/odd_use/source.js";

/** What a gateway tells of its client's request, whatever wire it tells it by. */
export interface ClientRequest {
  /** Names and values of headers by turns, as they came: Node drops the second of some. */
  readonly rawHeaders: readonly string[];
  /** What the client has asked for, with the query: the gateway's words for it, of which one may be empty. */
  readonly urls: readonly string[];
  /** The client's address, as far as the gateway is trusted. */
  readonly address: string;
  /** The same, and what the client calls itself; undefined: the gateway is not trusted to say so. */
  readonly source: Source | undefined;
  /** For the log. */
  readonly told: ToldRequest;
}

/** What the client has asked for; empty: not told. */
export interface ToldRequest {
  readonly method: string;
  readonly uri: string;
  readonly host: string;
}
