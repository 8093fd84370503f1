import { setTimeout as delay } from "node:timers/promises";
import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import { maxCallMs } from "./product.js";
import type {
  Header,
  RequestInfo,
  Response,
  RpcError,
  Schema,
  StreamResponseDefinition,
  UnaryResponseDefinition,
} from "./schema.js";

type UnaryRequest = Message & { readonly responseDefinition?: UnaryResponseDefinition };
type StreamRequest = Message & {
  readonly responseDefinition?: StreamResponseDefinition;
  readonly fullDuplex?: boolean;
};

/** Answers as each request itself asks for, and tells what was seen of it. `Unimplemented` is left out, as it must be. */
export function conformanceService(schema: Schema): ServiceImpl<Schema["service"]> {
  const infoSchema = schema.message("ConformancePayload.RequestInfo");
  const pack = (request: Message): Any =>
    anyPack(schema.registry.getMessage(request.$typeName) as DescMessage, request);

  /** An error that comes before any response carries what was seen. */
  const errorWithInfo = (error: RpcError, info: RequestInfo): ConnectError => {
    const packed = anyPack(infoSchema, create(infoSchema, info as unknown as MessageInitShape<DescMessage>));
    return connectError(error, [...error.details, packed]);
  };

  const answerOnce = async (
    definition: UnaryResponseDefinition | undefined,
    requests: readonly Any[],
    context: HandlerContext,
  ): Promise<Response> => {
    setMetadata(definition, context);
    const requestInfo = requestInfoOf(context, requests);
    await delay(definition?.responseDelayMs, undefined, { signal: context.signal });
    const response = definition?.response;
    if (response?.case === "error") {
      throw errorWithInfo(response.value, requestInfo);
    }
    return { payload: { requestInfo, data: response?.case === "responseData" ? response.value : undefined } };
  };

  const unary = (request: UnaryRequest, context: HandlerContext): Promise<Response> =>
    answerOnce(request.responseDefinition, [pack(request)], context);

  async function clientStream(requests: AsyncIterable<UnaryRequest>, context: HandlerContext): Promise<Response> {
    const seen: UnaryRequest[] = [];
    for await (const request of requests) {
      seen.push(request);
    }
    return await answerOnce(seen[0]?.responseDefinition, seen.map(pack), context);
  }

  async function* serverStream(request: StreamRequest, context: HandlerContext): AsyncGenerator<Response> {
    setMetadata(request.responseDefinition, context);
    yield* answerRest(request.responseDefinition, 0, [pack(request)], context);
  }

  async function* bidiStream(
    requests: AsyncIterable<StreamRequest>,
    context: HandlerContext,
  ): AsyncGenerator<Response> {
    let first: StreamRequest | undefined;
    let unanswered: Any[] = [];
    let answered = 0;
    for await (const request of requests) {
      if (first === undefined) {
        first = request;
        setMetadata(first.responseDefinition, context);
      }
      unanswered.push(pack(request));
      if (first.fullDuplex !== true) {
        continue;
      }
      const { responseData = [], responseDelayMs = 0 } = first.responseDefinition ?? {};
      const data = responseData[answered];
      if (data === undefined) {
        break;
      }
      await delay(responseDelayMs, undefined, { signal: context.signal });
      const requestInfo = answered === 0 ? requestInfoOf(context, unanswered) : { requests: unanswered };
      yield { payload: { data, requestInfo } };
      answered += 1;
      unanswered = [];
    }
    yield* answerRest(first?.responseDefinition, answered, unanswered, context);
  }

  async function* answerRest(
    definition: StreamResponseDefinition | undefined,
    answered: number,
    requests: readonly Any[],
    context: HandlerContext,
  ): AsyncGenerator<Response> {
    const requestInfo = requestInfoOf(context, requests);
    const { responseData = [], responseDelayMs = 0, error } = definition ?? {};
    for (const [index, data] of responseData.entries()) {
      if (index >= answered) {
        await delay(responseDelayMs, undefined, { signal: context.signal });
        yield { payload: { data, requestInfo: index === 0 ? requestInfo : undefined } };
      }
    }
    if (error !== undefined) {
      throw responseData.length === 0 ? errorWithInfo(error, requestInfo) : connectError(error, error.details);
    }
  }

  const implementation = { unary, idempotentUnary: unary, clientStream, serverStream, bidiStream };
  return implementation as unknown as ServiceImpl<Schema["service"]>;
}

function setMetadata(
  definition: UnaryResponseDefinition | StreamResponseDefinition | undefined,
  { responseHeader, responseTrailer }: HandlerContext,
): void {
  append(responseHeader, definition?.responseHeaders ?? []);
  append(responseTrailer, definition?.responseTrailers ?? []);
}

function append(target: Headers, headers: readonly Header[]): void {
  for (const { name, value } of headers) {
    for (const one of value) {
      target.append(name, one);
    }
  }
}

function requestInfoOf(context: HandlerContext, requests: readonly Any[]): RequestInfo {
  const timeoutMs = hasOwnDeadline(context.requestHeader) ? context.timeoutMs() : undefined;
  return {
    requests,
    requestHeaders: [...context.requestHeader].map(([name, value]) => ({ name, value: value.split(", ") })),
    timeoutMs: timeoutMs === undefined ? undefined : BigInt(Math.trunc(timeoutMs)),
    connectGetInfo: context.requestMethod === "GET" ? { queryParams: queryOf(context.url) } : undefined,
  };
}

/** The server gives a unary call that names no deadline its own, by the same header. That is no part of the request. */
function hasOwnDeadline(header: Headers): boolean {
  const timeout = header.get("connect-timeout-ms") ?? header.get("grpc-timeout");
  return timeout !== null && timeout !== String(maxCallMs) && timeout !== `${maxCallMs}m`;
}

function queryOf(url: string): Header[] {
  return [...new URL(url).searchParams].map(([name, value]) => ({ name, value: [value] }));
}

function connectError({ code, message }: RpcError, details: readonly Any[]): ConnectError {
  const error = new ConnectError(message ?? "", code);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  return error;
}
