import { fromBinary, toJson } from "@bufbuild/protobuf";
import { VerifyApiKeyResponseSchema } from "../../../gen/altalune/v1/verification_pb.js";
import type { Answer, Heard } from "./answers.js";

/** What two servers must say alike: all but the time, and ids that the server makes up. */
export function comparable({ answers, rest, closed }: Heard) {
  const compared = answers.map(comparableAnswer);
  // What cannot be read ends the connection, whether or not what was read before is answered yet.
  return { answers: isUnreadable(answers.at(-1)) ? compared.slice(-1) : compared, rest, closed };
}

export function isUnreadable(answer: Answer | undefined): boolean {
  return answer?.body === '{"code":"invalid_argument","message":"Bad Request"}';
}

function comparableAnswer({ status, headers, body }: Answer) {
  return {
    status,
    headers: headers.map(([name, value]) => {
      const shown = name.toLowerCase() === "date" || isGenerated(name, value) ? "…" : value;
      return `${name}: ${isLimited(body) && name === "content-length" ? "…" : shown}`;
    }),
    body: isLimited(body) ? withoutStanding(body) : body,
  };
}

function isGenerated(name: string, value: string): boolean {
  return name === "x-request-id" && value.length === 21;
}

/** Where a key stands in its windows differs from call to call. */
function isLimited(body: string): boolean {
  return /"rateLimits":\[\{/.test(body) || limitsOf(body) !== undefined;
}

function limitsOf(body: string) {
  if (body === "" || body.startsWith("{")) {
    return undefined;
  }
  try {
    const message = fromBinary(VerifyApiKeyResponseSchema, Buffer.from(body, "latin1"));
    return message.rateLimits.length === 0 ? undefined : JSON.stringify(toJson(VerifyApiKeyResponseSchema, message));
  } catch {
    return undefined;
  }
}

function withoutStanding(body: string): string {
  // Nothing remaining is left out of what was binary.
  return (limitsOf(body) ?? body)
    .replaceAll(/"remaining":\d+,/g, "")
    .replaceAll(/"(resetAt|retryAfter)":"[^"]*"/g, '"$1":…');
}
