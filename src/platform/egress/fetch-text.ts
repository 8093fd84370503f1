import { lookup as lookUpName } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AddressRange } from "../address-ranges.js";
import { isAllowed, isPublic } from "./addresses.js";

/** What was asked for is not to be fetched, or could not be. The sentence holds nothing of the answer. */
export class EgressError extends Error {
  override readonly name = "EgressError";
}

export interface FetchLimits {
  readonly maxBytes: number;
  /** For all of it: name, connection, headers, body. */
  readonly timeoutMs: number;
}

/** Fetches a text from a server that somebody else has named. */
export type FetchText = (url: string) => Promise<string>;

/**
 * What somebody may have fetched by us: over https and from public addresses, or over http as well from those that were allowed. The
 * address is checked where the connection is made, so that a name which leads elsewhere by then is of no use. Redirections are not
 * followed.
 */
export function createFetchText(allowed: readonly AddressRange[], { maxBytes, timeoutMs }: FetchLimits): FetchText {
  /** @throws EgressError */
  const check = (address: string, isPlain: boolean): void => {
    if (!isAllowed(address, allowed) && (isPlain || !isPublic(address))) {
      throw new EgressError(
        isPlain ? "plain http goes to addresses of ALTALUNE_EGRESS_ALLOW alone" : "the address is not a public one",
      );
    }
  };

  return async (text) => {
    const url = new URL(text);
    const isPlain = url.protocol === "http:";
    if (!isPlain && url.protocol !== "https:") {
      throw new EgressError("only https is fetched");
    }
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0) {
      // Node looks up names alone.
      check(host, isPlain);
    }
    const signal = AbortSignal.timeout(timeoutMs);
    const lookup: LookupFunction = (name, options, done) => {
      lookUpName(name, { ...options, all: true }).then(
        (addresses) => {
          try {
            for (const { address } of addresses) {
              check(address, isPlain);
            }
          } catch (error) {
            done(error as Error, "", 0);
            return;
          }
          const [first] = addresses;
          if (options.all === true) {
            done(null, addresses);
          } else {
            done(null, first?.address ?? "", first?.family);
          }
        },
        (error: NodeJS.ErrnoException) => done(error, "", 0),
      );
    };
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const request = (isPlain ? requestHttp : requestHttps)(url, {
      lookup,
      signal,
      agent: false,
      headers: { accept: "application/json", "accept-encoding": "identity", "user-agent": "altalune" },
    });
    request.on("error", (error) => reject(signal.aborted ? new EgressError("the answer took too long") : error));
    request.on("response", (response) => {
      if (response.statusCode !== 200) {
        reject(new EgressError(`the answer has the status ${response.statusCode}`));
        request.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) {
          reject(new EgressError(`the answer is larger than ${maxBytes} bytes`));
          request.destroy();
          return;
        }
        chunks.push(chunk);
      });
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      response.on("error", (error) => reject(signal.aborted ? new EgressError("the answer took too long") : error));
    });
    request.end();
    return promise;
  };
}
