import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { altaluneError } from "../altalune-error.js";
import { MyApiKeyService } from "../messages.js";
import type { ApiKeysTexts } from "./texts.js";

export type OwnKeys = Client<typeof MyApiKeyService>;

/** Calls as the owner whose token it is. Cookies are not sent: two credentials in one call are refused. */
export function ownKeysBy(baseUrl: string, token: string, projectId: string | undefined): OwnKeys {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    if (projectId !== undefined) {
      request.header.set("x-altalune-project-id", projectId);
    }
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl,
    interceptors: [authorize],
    fetch: (input, init) => fetch(input, { ...init, credentials: "omit" }),
  });
  return createClient(MyApiKeyService, transport);
}

export interface Fault {
  readonly sentence: string;
  /** Whether the token is no longer taken. */
  readonly isRefused: boolean;
}

/** Why a call did not work, for the person who made it. */
export function faultOf(thrown: unknown, texts: ApiKeysTexts): Fault {
  const { code, reason, message, requestId, violations } = altaluneError(thrown);
  if (code === "unauthenticated") {
    return { sentence: texts.refused, isRefused: true };
  }
  if (code === "unavailable" && requestId === undefined) {
    return { sentence: texts.unreachable, isRefused: false };
  }
  if (reason === "ROTATED_KEY_NOT_FOUND") {
    return { sentence: texts.noneWaits, isRefused: false };
  }
  const [violation] = violations;
  return {
    sentence: violation === undefined ? message : `${violation.field} ${violation.message}`.trim(),
    isRefused: false,
  };
}
