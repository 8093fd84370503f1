import type { DescMessage, DescMethod, DescOneof } from "@bufbuild/protobuf";
import { isFieldError, type Path } from "@bufbuild/protobuf/reflect";
import { StructSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { maxMetadataLevels } from "../../domain/api_key/model.js";
import { messageBounds } from "../call/message-bounds.js";
import { fieldDescription } from "./field-description.js";
import { findFields } from "./find-fields.js";
import { harmlessName } from "./harmless-name.js";
import { type FieldViolation, invalidArgument } from "./violations.js";

/**
 * What to tell of a request that could not be decoded. The libraries quote the value that they stumbled over, which may
 * be a key in the wrong place; this names the field and what belongs there, in no words but the schema's and our own.
 */
export function decodeError(error: unknown, method: DescMethod): ConnectError {
  const { input } = method;
  if (error instanceof ConnectError && (error.details.length > 0 || error.cause === refusedUnread)) {
    // Our own, of what was refused before it was decoded: the libraries' have no details.
    return error;
  }
  const { code, rawMessage, cause } = ConnectError.from(error, Code.InvalidArgument);
  const sentence = transportSentence(code, rawMessage, method);
  if (sentence !== undefined) {
    return new ConnectError(sentence, code);
  }
  const framing = framingSentence(rawMessage);
  if (framing !== undefined) {
    return new ConnectError(framing, Code.InvalidArgument);
  }
  return invalidArgument(fieldViolations(rawMessage, cause, input) ?? [whole(messageRule(rawMessage, cause, input))]);
}

/** The cause of our own errors that have no details; instances of subclasses of ConnectError are not told from those of it. */
const refusedUnread = Symbol("refused before it was decoded");

/** The error of a request that is larger than its rpc may be. */
export function messageTooLarge(mostBytes: number): ConnectError {
  return new ConnectError(tooLargeSentence(mostBytes), Code.ResourceExhausted, undefined, undefined, refusedUnread);
}

function tooLargeSentence(mostBytes: number): string {
  return `the request is larger than ${mostBytes} bytes`;
}

/** For errors of reading the request that are not about what the message says. */
function transportSentence(code: Code, rawMessage: string, method: DescMethod): string | undefined {
  switch (code) {
    case Code.ResourceExhausted:
      return tooLargeSentence(messageBounds(method).bytes);
    case Code.Unimplemented:
      return rawMessage.startsWith("unknown compression")
        ? "the request's compression must be gzip or br"
        : "the request must hold exactly one message";
    case Code.DeadlineExceeded:
      return "the deadline passed before the request had arrived";
    case Code.Canceled:
      return "the call was canceled";
    case Code.Aborted:
      return "the call was broken off";
    case Code.Unavailable:
      return "the connection is going away; try again";
    default:
      return undefined;
  }
}

/** For bodies that broke before there was a message, so that no rule of one can be named in a detail. */
function framingSentence(rawMessage: string): string | undefined {
  if (/^protocol error: (incomplete envelope|promised )/.test(rawMessage)) {
    return "the request's body is not as long as it says";
  }
  if (rawMessage.startsWith("received compressed envelope")) {
    return "the request's body says that it is compressed, and its headers do not say how";
  }
  return rawMessage === "decompression failed" ? "the request's body is not compressed as its headers say" : undefined;
}

/** The fields that the error can be about: one where the library says which, else all of the type that it names. */
function fieldViolations(rawMessage: string, cause: unknown, input: DescMessage): FieldViolation[] | undefined {
  if (isTooDeep(rawMessage)) {
    const paths = findFields(input, (field) => field.message?.typeName === StructSchema.typeName);
    const rule = `must be nested at most ${maxMetadataLevels} levels deep`;
    return paths.length === 0 ? undefined : paths.map((path) => ({ path, rule, ruleId: "decode" }));
  }
  const member = memberOf(cause);
  const typeName = /^cannot decode (?:message |enum )?([\w.]+) from JSON/.exec(rawMessage)?.[1];
  const paths =
    member === undefined
      ? findFields(input, (field) => typeName !== undefined && (field.message ?? field.enum)?.typeName === typeName)
      : member.kind === "oneof"
        ? [[member]]
        : findFields(input, (field) => field === member);
  if (paths.length === 0) {
    return undefined;
  }
  return paths.map((path) => ({ path, rule: memberRule(rawMessage, path.at(-1)), ruleId: "decode" }));
}

function memberRule(rawMessage: string, member: Path[number] | undefined): string {
  if (/set multiple times( by \w+ and \w+)?$/.test(rawMessage)) {
    return "must be given once";
  }
  return rawMessage.endsWith(": invalid UTF8") ? "must be well-formed Unicode" : `must be ${fieldDescription(member)}`;
}

/** The library's own pointer to the field, at the bottom of the causes. */
function memberOf(error: unknown): (Path[number] & { kind: "field" | "oneof" }) | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    if (isFieldError(cause)) {
      return cause.field() as (Path[number] & { kind: "field" }) | DescOneof;
    }
  }
  return undefined;
}

/** For errors that are about no field. */
function messageRule(rawMessage: string, cause: unknown, input: DescMessage): string {
  if (rawMessage.startsWith("protocol error: invalid connect timeout")) {
    return "the header Connect-Timeout-Ms must be a whole number of milliseconds, of at most 10 digits";
  }
  if (rawMessage.startsWith("protocol error: invalid grpc timeout")) {
    return "the header grpc-timeout must be at most 8 digits and a unit of H, M, S, m, u or n";
  }
  if (isTooDeep(rawMessage)) {
    return "the request must not be nested this deep";
  }
  if (rawMessage.startsWith(`cannot decode message ${input.typeName} from JSON: duplicate object key `)) {
    return "the request must not name a field twice";
  }
  const unknown = /^cannot decode message ([\w.]+) from JSON: key "(.*)" is unknown$/s.exec(rawMessage);
  if (unknown !== null) {
    const [, typeName, name = ""] = unknown;
    return `${typeName} has no field ${harmlessName.test(name) ? `"${name}"` : "of one of the names"}; see docs/api.md`;
  }
  if (cause instanceof Error && cause.cause instanceof SyntaxError) {
    return "the request must be JSON";
  }
  if (rawMessage.startsWith("cannot decode ")) {
    return `the request must be a JSON object of ${input.typeName}`;
  }
  return `the request must be a ${input.typeName} in the encoding that its Content-Type names`;
}

function isTooDeep(rawMessage: string): boolean {
  return /maximum recursion depth of \d+ reached$/.test(rawMessage);
}

function whole(rule: string): FieldViolation {
  return { path: [], rule, ruleId: "decode" };
}
