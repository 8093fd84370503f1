import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AddressRange } from "../address-ranges.js";
import { isAllowed, isPublic } from "./addresses.js";
import type { ResolveName } from "./look-ups.js";

/** What was asked for is not to be sent, or had no answer. The sentence holds nothing of an answer. */
export class EgressError extends Error {
  override readonly name = "EgressError";
}

/** Whom somebody may have called by us. */
export interface EgressRules {
  /** Addresses that are not public and may be called all the same, over http as well. */
  readonly allowed: readonly AddressRange[];
  /** The variable that lists them, for whoever reads the error. */
  readonly variable: string;
  /** The system's unless given. */
  readonly resolve: ResolveName;
}

export interface GuardedRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** For whom it is sent, such as a project: names are looked up for each in turn. */
  readonly actor: string;
  /** For all of it: name, connection, headers, and what `read` takes. */
  readonly timeoutMs: number;
}

const tooLong = "the answer took too long";

/**
 * Sends a request to a server that somebody else has named: over https and to public addresses, or over http as well to those that
 * were allowed. The address is checked where the connection is made, so that a name which leads elsewhere by then is of no use.
 * Redirections are not followed, and no connection is kept.
 *
 * @param read takes what it wants of the answer, which is cut off when that settles
 * @throws EgressError
 * @throws LookUpsBusyError
 */
export async function guardedRequest<Result>(
  text: string,
  { allowed, variable, resolve }: EgressRules,
  { method, headers, body, actor, timeoutMs }: GuardedRequest,
  read: (answer: IncomingMessage) => Promise<Result>,
): Promise<Result> {
  if (!URL.canParse(text)) {
    throw new EgressError("it is no URL");
  }
  const url = new URL(text);
  const isPlain = url.protocol === "http:";
  if (!isPlain && url.protocol !== "https:") {
    throw new EgressError("only https is called");
  }
  /** @throws EgressError */
  const check = (address: string): void => {
    if (!isAllowed(address, allowed) && (isPlain || !isPublic(address))) {
      throw new EgressError(
        isPlain ? `plain http goes to addresses of ${variable} alone` : "the address is not a public one",
      );
    }
  };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) {
    // Node looks up names alone.
    check(host);
  }
  const lookup: LookupFunction = (name, options, done) => {
    resolve(name, actor).then(
      (addresses) => {
        try {
          for (const { address } of addresses) {
            check(address);
          }
        } catch (error) {
          done(error as Error, "", 0);
          return;
        }
        const [first] = addresses;
        if (options.all === true) {
          done(null, [...addresses]);
        } else {
          done(null, first?.address ?? "", first?.family);
        }
      },
      (error: NodeJS.ErrnoException) => done(error, "", 0),
    );
  };
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise, resolve: settle, reject } = Promise.withResolvers<Result>();
  const failed = (error: Error) => reject(signal.aborted ? new EgressError(tooLong) : error);
  // What is over already does not hear of its signal.
  signal.addEventListener("abort", () => reject(new EgressError(tooLong)), { once: true });
  const request = (isPlain ? requestHttp : requestHttps)(url, {
    method,
    lookup,
    signal,
    agent: false,
    headers: { ...headers, ...(body && { "content-length": body.byteLength }), "user-agent": "altalune" },
  });
  request.on("error", failed);
  let isAnswered = false;
  request.on("upgrade", (_answer, socket) => {
    failed(new EgressError("the answer has the status 101"));
    socket.destroy();
  });
  // Of some ends a request tells nothing else; what reads an answer hears of them by that.
  request.on("close", () => {
    if (!isAnswered) {
      failed(new EgressError("there was no answer"));
    }
  });
  request.on("response", (answer) => {
    isAnswered = true;
    answer.on("error", failed);
    read(answer)
      .then(settle, failed)
      .finally(() => request.destroy());
  });
  request.end(body);
  return promise;
}
