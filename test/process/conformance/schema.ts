import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import { type Any, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const scope = "connectrpc.conformance.v1";

/** The conformance suite's own messages and service, read from descriptors: no code of theirs is kept here. */
export class Schema {
  readonly registry: FileRegistry;
  readonly service: DescService;

  /** @param descriptors a binary google.protobuf.FileDescriptorSet of connectrpc/conformance/v1 */
  constructor(descriptors: Uint8Array) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
    const service = this.registry.getService(`${scope}.ConformanceService`);
    if (service === undefined) {
      throw new Error("the descriptors hold no ConformanceService");
    }
    this.service = service;
  }

  message(name: string): DescMessage {
    const message = this.registry.getMessage(`${scope}.${name}`);
    if (message === undefined) {
      throw new Error(`the descriptors hold no ${name}`);
    }
    return message;
  }
}

// The fields of those messages that a server under test reads and writes.

export interface ServerCompatRequest {
  readonly useTls: boolean;
  readonly messageReceiveLimit: number;
  readonly serverCreds?: { readonly cert: Uint8Array; readonly key: Uint8Array };
}

export interface Header {
  readonly name: string;
  readonly value: readonly string[];
}

export interface RpcError {
  readonly code: number;
  readonly message?: string;
  readonly details: readonly Any[];
}

interface ResponseMetadata {
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
  readonly responseDelayMs: number;
}

export interface UnaryResponseDefinition extends ResponseMetadata {
  readonly response:
    | { readonly case: "responseData"; readonly value: Uint8Array }
    | { readonly case: "error"; readonly value: RpcError }
    | { readonly case: undefined };
}

export interface StreamResponseDefinition extends ResponseMetadata {
  readonly responseData: readonly Uint8Array[];
  readonly error?: RpcError;
}

export interface RequestInfo {
  readonly requestHeaders: readonly Header[];
  readonly timeoutMs: bigint | undefined;
  readonly requests: readonly Any[];
  readonly connectGetInfo: { readonly queryParams: readonly Header[] } | undefined;
}

/** Of every method. */
export interface Response {
  readonly payload: { readonly data: Uint8Array | undefined; readonly requestInfo: Partial<RequestInfo> | undefined };
}
