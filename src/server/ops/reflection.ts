import { setTimeout as delay } from "node:timers/promises";
import type { DescService } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../../gen/google/rpc/error_details_pb.js";
import { ServerReflection, type ServerReflectionRequest } from "../../../gen/grpc/reflection/v1/reflection_pb.js";
import {
  ServerReflection as AlphaReflection,
  type ServerReflectionRequest as AlphaRequest,
} from "../../../gen/grpc/reflection/v1alpha/reflection_pb.js";
import { maxOpenMessageBytes } from "../call/message-bounds.js";
import { createSchemaIndex, type SchemaIndex } from "./schema-index.js";

/** gRPC server reflection in both versions that clients speak. They differ in name only. */
export const reflectionServices: readonly DescService[] = [ServerReflection, AlphaReflection];

/** Anybody may ask, and an answer is long: this much time lies between two of them, whoever asks, in milliseconds. */
const spacingMs = 20;

/**
 * Mounts reflection.
 *
 * @param services what it tells of
 */
export function mountReflection(router: ConnectRouter, services: readonly DescService[]): void {
  // No rpc names the details of errors, and clients ask for them all the same to show them.
  const limits = { readMaxBytes: maxOpenMessageBytes };
  const schema = createSchemaIndex(services, [file_google_rpc_error_details]);
  const turn = spaced();
  router.service(ServerReflection, { serverReflectionInfo: (requests) => answers(schema, turn, requests) }, limits);
  router.service(AlphaReflection, { serverReflectionInfo: (requests) => answers(schema, turn, requests) }, limits);
}

async function* answers<T extends ServerReflectionRequest | AlphaRequest>(
  schema: SchemaIndex,
  turn: () => Promise<void>,
  requests: AsyncIterable<T>,
) {
  for await (const originalRequest of requests) {
    await turn();
    const { host: validHost, messageRequest } = originalRequest;
    yield { validHost, originalRequest, messageResponse: answer(schema, messageRequest) };
  }
}

/** @returns waits until it is the caller's turn */
function spaced(): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const mine = Math.max(now, next);
    next = mine + spacingMs;
    await delay(mine - now);
  };
}

type Question = (ServerReflectionRequest | AlphaRequest)["messageRequest"];
/** As both versions take it. */
type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

function answer(schema: SchemaIndex, question: Question): Answer {
  switch (question.case) {
    case "fileByFilename":
      return file(schema.fileByName(question.value));
    case "fileContainingSymbol":
      return file(schema.fileBySymbol(question.value));
    case "fileContainingExtension":
      return file(schema.fileByExtension(question.value.containingType, question.value.extensionNumber));
    case "allExtensionNumbersOfType": {
      const extensionNumber = schema.extensionNumbers(question.value);
      return extensionNumber === undefined
        ? notFound
        : { case: "allExtensionNumbersResponse", value: { baseTypeName: question.value, extensionNumber } };
    }
    case "listServices":
      return { case: "listServicesResponse", value: { service: schema.services.map((name) => ({ name })) } };
    case undefined:
      return failure(Code.InvalidArgument, "the request asks nothing");
  }
}

function file(descriptors: Uint8Array[] | undefined): Answer {
  return descriptors === undefined
    ? notFound
    : { case: "fileDescriptorResponse", value: { fileDescriptorProto: descriptors } };
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

const notFound = failure(Code.NotFound, "this server has no such thing in its schema");
