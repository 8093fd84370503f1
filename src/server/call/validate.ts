import { setImmediate } from "node:timers/promises";
import { create, createRegistry, type DescMessage, type Message } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import type { Interceptor } from "@connectrpc/connect";
import { file_altalune_v1_rules } from "../../../gen/altalune/v1/rules_pb.js";
import { invalidArgument } from "../errors/violations.js";
import { countViolations } from "./counts.js";

/**
 * One for all servers of the process: it keeps what it has compiled, and compiling is most of what a start costs. Rules
 * of our own are found by their numbers alone, so it must be told of them.
 */
const validator = createValidator({ registry: createRegistry(file_altalune_v1_rules), regexMatch: matches });

/** The patterns of rules, compiled; there are as many as the protos have. */
const compiledPatterns = new Map<string, RegExp>();

/**
 * Whether a text matches a pattern of a rule. The patterns are our own, and what they repeat, one character tells where it ends:
 * the platform takes time that grows with the text, a hundredth of what the library's RE2 takes.
 */
function matches(pattern: string, text: string): boolean {
  let compiled = compiledPatterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(pattern, "u");
    compiledPatterns.set(pattern, compiled);
  }
  return compiled.test(text);
}

/**
 * Gets ready for messages, one in each turn of the event loop: for a start that waits for something else meanwhile. A rule that
 * cannot be compiled is told of when the server needs it.
 */
export function compileMeanwhile(inputs: Iterable<DescMessage>): void {
  compileInTurns(inputs).catch(() => undefined);
}

async function compileInTurns(inputs: Iterable<DescMessage>): Promise<void> {
  for (const input of inputs) {
    await setImmediate();
    compile(input);
  }
}

/**
 * Holds requests to the rules of their protos.
 *
 * @param inputs the messages to get ready for: a rule that cannot be compiled shows at start, and the first call of each
 * method does not wait for it
 */
export function createValidate(inputs: Iterable<DescMessage>): Interceptor {
  for (const input of inputs) {
    compile(input);
  }
  return (next) => async (request) => {
    if (!request.stream) {
      check(request.method.input, request.message);
    }
    return await next(request);
  };
}

function compile(input: DescMessage): void {
  const result = validator.validate(input, create(input));
  if (result.kind === "error") {
    throw result.error;
  }
}

function check(input: DescMessage, message: Message): void {
  const tooMany = countViolations(input, message);
  if (tooMany.length > 0) {
    throw invalidArgument(tooMany);
  }
  const result = validator.validate(input, message);
  if (result.kind === "invalid") {
    throw invalidArgument(result.violations.map(({ field, message: rule, ruleId }) => ({ path: field, rule, ruleId })));
  }
  if (result.kind === "error") {
    // A rule that fails on a value, such as a time that no calendar has. The error itself may quote it.
    throw invalidArgument([{ path: [], rule: "a value is too far out of range to be checked", ruleId: "unchecked" }]);
  }
}
