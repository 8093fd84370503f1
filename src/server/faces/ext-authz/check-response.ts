import { create, type JsonObject, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  HeaderValueOption_HeaderAppendAction as Append,
  type HeaderValueOptionSchema,
} from "../../../../gen/envoy/config/core/v3/base_pb.js";
import { CheckResponseSchema } from "../../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import type { KeyRecord, Verdict } from "../../../domain/verification/model.js";
import { ObjectSlot } from "../../../platform/object-slot.js";
import { refusalAnswer } from "../gateway/http-answer.js";
import { identityHeaders } from "../gateway/identity-headers.js";
import { rateLimitHeaders, secondsUntil } from "../gateway/rate-limit-headers.js";
import type { Refusal } from "../gateway/refusal.js";
import { framed } from "./grpc.js";
import type { Removed } from "./removed.js";

/** As gRPC numbers it; the library has no name for it. */
const ok = 0;

interface KeptResponse {
  readonly removed: string;
  readonly frame: Buffer;
}

const kept = new ObjectSlot<KeptResponse>();

/** Lets a request pass, in a message of gRPC. What does not differ from call to call is encoded once a record. */
export function passing({ record, limits }: Verdict, removed: Removed): Buffer {
  if (record === undefined) {
    throw new Error("a key is valid of which nothing is known");
  }
  if (limits.length > 0) {
    return encodePassing(record, limits, removed);
  }
  const text = `${removed.headers.join()}?${removed.queryParameters.join("&")}`;
  let response = kept.get(record);
  if (response?.removed !== text) {
    response = { removed: text, frame: encodePassing(record, limits, removed) };
    kept.set(record, response);
  }
  return response.frame;
}

function encodePassing(record: KeyRecord, limits: Verdict["limits"], removed: Removed): Buffer {
  return encode(ok, "", {
    httpResponse: {
      case: "okResponse",
      value: {
        headers: overwriting(identityHeaders(record)),
        headersToRemove: [...removed.headers],
        queryParametersToRemove: [...removed.queryParameters],
        responseHeadersToAdd: overwriting(rateLimitHeaders(record, limits)),
      },
    },
    dynamicMetadata: { altalune: metadataOf(record, limits) },
  });
}

/** The same that does not let it pass. */
export function refusing(refusal: Refusal, requestId: string): Buffer {
  const { status, headers, body } = refusalAnswer(refusal, requestId);
  return encode(codeOf(status), refusal.detail, {
    httpResponse: {
      case: "deniedResponse",
      value: { status: { code: status }, headers: overwriting(headers), body },
    },
  });
}

type Rest = Pick<MessageInitShape<typeof CheckResponseSchema>, "httpResponse" | "dynamicMetadata">;

/** The status is always there, whatever else is: without one Envoy lets pass. */
function encode(code: number, message: string, rest: Rest): Buffer {
  return framed(toBinary(CheckResponseSchema, create(CheckResponseSchema, { status: { code, message }, ...rest })));
}

function overwriting(headers: readonly string[]): MessageInitShape<typeof HeaderValueOptionSchema>[] {
  const options: MessageInitShape<typeof HeaderValueOptionSchema>[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    options.push({
      header: { key: headers[i] ?? "", value: headers[i + 1] ?? "" },
      appendAction: Append.OVERWRITE_IF_EXISTS_OR_ADD,
      keepEmptyValue: true,
    });
  }
  return options;
}

/** For access logs and other filters, in Envoy's names. */
function metadataOf(record: KeyRecord, limits: Verdict["limits"]): JsonObject {
  return {
    project_id: record.projectPublicId,
    key_id: record.apiKeyPublicId,
    key_name: record.name,
    owner_id: record.ownerId,
    scopes: [...record.scopes],
    tier: record.tier,
    limits: limits.map((state) => ({
      window: state.window,
      limit: state.limit,
      remaining: state.remaining,
      reset_seconds: secondsUntil(record, state),
    })),
  };
}

function codeOf(status: number): Code {
  switch (status) {
    case 401:
    case 410:
      return Code.Unauthenticated;
    case 403:
      return Code.PermissionDenied;
    case 429:
      return Code.ResourceExhausted;
    default:
      return Code.Internal;
  }
}
