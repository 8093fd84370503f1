import type { DescMethod } from "@bufbuild/protobuf";
import {
  maxBatchValues,
  maxMessageBytes,
  maxOpenMessageBytes,
  maxSingleMessageBytes,
  maxSingleValues,
} from "../http/limits.js";
import { rpcRule } from "./rpc-table.js";

/** The most that a request message of an rpc may be. */
export interface MessageBounds {
  readonly bytes: number;
  /** Fields that are set, items of lists and members of objects, however deep. */
  readonly values: number;
}

const ofBatches: MessageBounds = { bytes: maxMessageBytes, values: maxBatchValues };
const ofOthers: MessageBounds = { bytes: maxSingleMessageBytes, values: maxSingleValues };
const ofUnlisted: MessageBounds = { bytes: maxOpenMessageBytes, values: maxSingleValues };

export function messageBounds(method: DescMethod): MessageBounds {
  const rule = rpcRule(method);
  if (rule === undefined) {
    return ofUnlisted;
  }
  return rule.batch === true ? ofBatches : ofOthers;
}
