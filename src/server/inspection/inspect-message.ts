import type { DescMethod } from "@bufbuild/protobuf";
import { loopTurn } from "../../platform/event-loop.js";
import { messageBounds } from "../call/message-bounds.js";
import { messageTooLarge } from "../errors/decode-errors.js";
import { invalidArgument } from "../errors/violations.js";
import { withoutLoneSurrogates } from "./client-text.js";
import { excessOfBinary, excessOfJson } from "./excess.js";
import { jsonViolations } from "./json-values.js";

/** From this size on, in bytes, a message has a turn of the event loop to itself to be decoded, which takes a millisecond or more. */
const longBytes = 16 * 1024;

/** How a message is encoded. */
export type Encoding = "json" | "binary";

/**
 * Looks at the bytes of a request before the library decodes them, by whatever face they came: refuses what would take long to
 * decode, and the JSON that the library would take for something else than what was written.
 *
 * @param actor who sent it; empty: nobody in particular
 * @returns what the library is to decode
 * @throws ConnectError fit for the caller
 */
export async function inspectMessage(
  method: DescMethod,
  bytes: Uint8Array,
  encoding: Encoding,
  actor: string,
): Promise<Uint8Array> {
  const { input } = method;
  const most = messageBounds(method);
  if (bytes.byteLength > most.bytes) {
    throw messageTooLarge(most.bytes);
  }
  if (bytes.byteLength > longBytes) {
    await loopTurn(actor);
  }
  const excess = (encoding === "json" ? excessOfJson : excessOfBinary)(input, bytes, most.values);
  if (excess !== undefined) {
    const rule = `must hold at most ${most.values} values, all that is in it counted; send less at once`;
    throw invalidArgument([{ path: excess, rule, ruleId: "values.max" }]);
  }
  const violations = encoding === "json" ? jsonViolations(input, bytes) : [];
  if (violations.length > 0) {
    throw invalidArgument(violations);
  }
  return encoding === "json" ? withoutLoneSurrogates(input, bytes) : bytes;
}
