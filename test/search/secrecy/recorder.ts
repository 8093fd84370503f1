import { toJsonString } from "@bufbuild/protobuf";
import { ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { type Clients, createClients } from "../../support/instance.js";
import type { SecretFinder } from "./secret-finder.js";

/** The fields of responses that a new secret is told in. */
const tellingFields = ["keyValue", "signingSecret", "url", "token"];

/** Keeps what the responses to generated clients say, headers, trailers and details of errors included. */
export class Recorder {
  readonly #finder: SecretFinder;
  readonly #records: [place: string, text: string][] = [];

  /** @param finder told of each new secret */
  constructor(finder: SecretFinder) {
    this.#finder = finder;
  }

  /** What was recorded; of a response that made a secret, all but that secret. */
  get records(): readonly (readonly [place: string, text: string])[] {
    return this.#records;
  }

  /** Clients over every protocol. */
  clients(url: string, rootKey: string | undefined): readonly (readonly [protocol: string, clients: Clients])[] {
    const baseUrl = url;
    const interceptors = [authorize(rootKey), this.#record];
    const plain = { baseUrl, interceptors, acceptCompression: [] };
    const transports: readonly (readonly [string, Transport])[] = [
      ["Connect JSON", createConnectTransport({ ...plain, httpVersion: "1.1", useBinaryFormat: false })],
      ["Connect binary", createConnectTransport({ ...plain, httpVersion: "2", useBinaryFormat: true })],
      ["gRPC", createGrpcTransport(plain)],
      ["gRPC-Web", createGrpcWebTransport({ ...plain, httpVersion: "1.1" })],
    ];
    return transports.map(([protocol, transport]) => [protocol, createClients(transport)]);
  }

  readonly #record: Interceptor = (next) => async (request) => {
    const place = `${request.method.name}, response ${this.#records.length}`;
    try {
      const response = await next(request);
      if (!response.stream) {
        const told = { ...response.message } as Record<string, unknown>;
        for (const field of tellingFields.filter((name) => told[name])) {
          this.#finder.add(`${field} of ${place}`, secretIn(String(told[field])));
          told[field] = "";
        }
        this.#keep(place, response.header, toJsonString(response.method.output, told as never), response.trailer);
      }
      return response;
    } catch (error) {
      const { message, rawMessage, details, metadata, cause } = ConnectError.from(error);
      this.#keep(place, metadata, message, rawMessage, JSON.stringify(details), bytesOf(details), String(cause));
      throw error;
    }
  };

  #keep(place: string, ...parts: readonly (string | Headers)[]): void {
    const texts = parts.map((part) => (typeof part === "string" ? part : JSON.stringify([...part])));
    this.#records.push([place, texts.join("\n")]);
  }
}

function authorize(rootKey: string | undefined): Interceptor {
  return (next) => (request) => {
    if (rootKey !== undefined && !request.header.has("authorization")) {
      request.header.set("authorization", `Bearer ${rootKey}`);
    }
    return next(request);
  };
}

/** What is secret of a link, a code or a token; behind a dot stands the project's id. */
function secretIn(text: string): string {
  return text.replace(/^.*#code=/, "").split(".")[0] ?? "";
}

function bytesOf(details: ConnectError["details"]): string {
  return details.map((detail) => ("type" in detail ? Buffer.from(detail.value).toString("latin1") : "")).join("\n");
}
