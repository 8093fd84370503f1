import type { Call } from "../call/call.js";
import type { CallValues } from "../call/call-context.js";
import type { HttpRequest, HttpResponse } from "../http/http.js";

/**
 * Serves a request that a face has taken.
 *
 * @param body what was read of the request already, which is all of it; undefined: nothing
 */
export type ServeRequest = (
  request: HttpRequest,
  response: HttpResponse,
  call: Call,
  values: CallValues,
  body?: Buffer,
) => Promise<void>;
