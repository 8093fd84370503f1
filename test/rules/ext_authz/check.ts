import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect } from "vitest";
import { HeaderValueOption_HeaderAppendAction as Append } from "../../../gen/envoy/config/core/v3/base_pb.js";
import type { AttributeContextSchema } from "../../../gen/envoy/service/auth/v3/attribute_context_pb.js";
import { Authorization, type CheckResponse } from "../../../gen/envoy/service/auth/v3/external_auth_pb.js";

/** What Envoy asks. */
export interface Question {
  readonly context?: Readonly<Record<string, string>>;
  /** Of the client's request, as Envoy sends them: in small letters, and joined by commas. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The same one by one, with values as bytes, in their place. */
  readonly rawHeaders?: readonly (readonly [name: string, value: string])[];
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  /** Whom Envoy has it from. */
  readonly source?: string;
  /** Of Envoy's own call. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Asks as Envoy does, with just this metadata. */
export async function checkAt(url: string, question: Question): Promise<CheckResponse> {
  const client = createClient(Authorization, createGrpcTransport({ baseUrl: url }));
  const answer = await client.check({ attributes: attributesOf(question) }, { headers: { ...question.metadata } });
  expectStatus(answer);
  return answer;
}

/** The same with a root key. */
export function check(
  { url, rootKey }: { readonly url: string; readonly rootKey: string },
  question: Question,
): Promise<CheckResponse> {
  return checkAt(url, { ...question, metadata: { "x-altalune-root-key": rootKey, ...question.metadata } });
}

/** An answer without a status lets pass whoever asks. */
export function expectStatus(answer: CheckResponse): void {
  expect(answer.status, "an answer of Check without a status").toBeDefined();
  expect(answer.httpResponse.case).toBe(answer.status?.code === 0 ? "okResponse" : "deniedResponse");
}

export function attributesOf(question: Question): MessageInitShape<typeof AttributeContextSchema> {
  const {
    context = {},
    headers = {},
    rawHeaders,
    path = "/v1/orders",
    method = "GET",
    host = "api",
    source,
  } = question;
  return {
    contextExtensions: { ...context },
    ...(source === undefined
      ? {}
      : {
          source: {
            address: {
              address: {
                case: "socketAddress",
                value: { address: source, portSpecifier: { case: "portValue", value: 4711 } },
              },
            },
          },
        }),
    request: {
      http: {
        id: "7",
        method,
        path,
        host,
        scheme: "http",
        protocol: "HTTP/1.1",
        ...(rawHeaders === undefined
          ? { headers: { ...headers } }
          : {
              headerMap: {
                headers: rawHeaders.map(([key, value]) => ({ key, rawValue: Buffer.from(value, "latin1") })),
              },
            }),
      },
    },
  };
}

/** What a refusal says, beside its texts; of a request that passes, 200. */
export function outcomeOf({ status, httpResponse }: CheckResponse): object {
  if (httpResponse.case !== "deniedResponse") {
    return { status: httpResponse.case === "okResponse" && status?.code === Number(0) ? 200 : undefined };
  }
  const { value } = httpResponse;
  const headers = headersIn(value.headers);
  return {
    status: value.status?.code,
    code: headers["x-altalune-code"],
    reason: (JSON.parse(value.body) as { readonly reason?: string }).reason,
  };
}

export function refusal(status: number, code: string): object {
  return { status, code, reason: code };
}

export const passed = { status: 200 };

/** Headers that overwrite, by their names in small letters. */
export function headersIn(options: NonNullable<DeniedHeaders>): Readonly<Record<string, string>> {
  for (const { appendAction, keepEmptyValue } of options) {
    expect({ appendAction, keepEmptyValue }).toEqual({
      appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
      keepEmptyValue: true,
    });
  }
  return Object.fromEntries(options.map(({ header }) => [header?.key.toLowerCase() ?? "", header?.value ?? ""]));
}

type DeniedHeaders = Extract<CheckResponse["httpResponse"], { case: "deniedResponse" }>["value"]["headers"];

export const unavailable = { code: Code.Unavailable };
