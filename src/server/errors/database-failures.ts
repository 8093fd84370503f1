import { Code, ConnectError } from "@connectrpc/connect";
import { NotificationQueueFullError } from "../../domain/propagation/errors.js";
import { connectErrorOf } from "./domain-errors.js";

const unavailable = ["the database cannot be reached; try again in a moment", Code.Unavailable] as const;
const contended = ["the database was busy with conflicting changes; try again", Code.Aborted] as const;
const locked = ["the database was busy with other changes to the same rows; try again", Code.Unavailable] as const;
const tooSlow = ["the database took too long; nothing was changed", Code.DeadlineExceeded] as const;

/** SQLSTATE of too many notifications. It says that some limit was exceeded, and no other of ours can be. */
const programLimitExceeded = "54000";

type Answer = readonly [message: string, code: Code];

/** By SQLSTATE, or Node's code of a failed connection. */
const byCode: Readonly<Record<string, Answer>> = {
  "40001": contended,
  "40P01": contended,
  "55P03": locked,
  "57014": tooSlow,
  "25006": unavailable, // read only: the primary has become a replica
  "57P01": unavailable,
  "57P02": unavailable,
  "57P03": unavailable,
  "57P04": unavailable,
  "57P05": unavailable,
  ECONNREFUSED: unavailable,
  ECONNRESET: unavailable,
  EPIPE: unavailable,
  ETIMEDOUT: unavailable,
  EHOSTUNREACH: unavailable,
  ENETUNREACH: unavailable,
  ENOTFOUND: unavailable,
  EAI_AGAIN: unavailable,
  ENOENT: unavailable, // a socket file that is gone
};

/** By class of SQLSTATE: failed connections, and too few resources, connections among them. */
const byClass: Readonly<Record<string, Answer>> = { "08": unavailable, "53": unavailable };

/** What the driver and its pool say without a code. */
const connectionMessages =
  /^(timeout exceeded when trying to connect|Connection terminated|Cannot use a pool after calling end|Client has encountered a connection error|driver has already been destroyed|timeout expired)/;

/**
 * What to tell the caller of a database that is away, busy or slow; nothing for other failures. The database's own words
 * are never passed on.
 */
export function databaseFailure(error: Error): ConnectError | undefined {
  const code: unknown = Reflect.get(error, "code");
  if (code === programLimitExceeded) {
    return connectErrorOf(new NotificationQueueFullError());
  }
  const answer =
    typeof code === "string"
      ? (byCode[code] ?? (/^[0-9A-Z]{5}$/.test(code) ? byClass[code.slice(0, 2)] : undefined))
      : connectionMessages.test(error.message)
        ? unavailable
        : undefined;
  return answer === undefined ? undefined : new ConnectError(...answer);
}
