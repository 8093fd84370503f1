import type { DescMethod } from "@bufbuild/protobuf";
import { Health } from "../../../gen/grpc/health/v1/health_pb.js";
import { rpcRule } from "./rpc-table.js";

/** The most that a request message of an rpc may be. */
export interface MessageBounds {
  readonly bytes: number;
  /** Fields that are set, items of lists and members of objects, however deep. */
  readonly values: number;
}

/** Of any request message, in bytes, before and after decompression. A batch of 1000 keys fits. */
export const maxMessageBytes = 1024 * 1024;

/** The same of health and reflection, which are open to everybody: they ask with a name. */
export const maxOpenMessageBytes = 4 * 1024;

/** What is in a message is decoded and checked in one go, in which nothing else is served: some tens of milliseconds. */
export const boundsOfBatches: MessageBounds = { bytes: maxMessageBytes, values: 10_000 };

/**
 * Of rpcs that are about one thing: no key, no signed request and no metadata takes as many bytes, however escaped; metadata of
 * the largest size holds 4096 values.
 */
export const boundsOfOthers: MessageBounds = { bytes: 128 * 1024, values: 5_000 };

/** Also of rpcs that are open to everybody. */
const ofHealth: MessageBounds = { bytes: maxOpenMessageBytes, values: boundsOfOthers.values };
/** Of those that operators call, too: a report of a key that somebody has found, however escaped. */
const ofReports: MessageBounds = { bytes: 16 * 1024, values: boundsOfOthers.values };
const ofUnlisted: MessageBounds = { bytes: maxMessageBytes, values: boundsOfOthers.values };

export function messageBounds(method: DescMethod): MessageBounds {
  const rule = rpcRule(method);
  if (rule === undefined) {
    return method.parent.typeName === Health.typeName ? ofHealth : ofUnlisted;
  }
  if (rule.open === true) {
    return rule.tellsMore === undefined ? ofHealth : ofReports;
  }
  return rule.batch === true ? boundsOfBatches : boundsOfOthers;
}
