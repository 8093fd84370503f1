import type { Interceptor } from "@connectrpc/connect";
import { callKey } from "./call.js";
import { changedBy, type Resource } from "./rpc-table.js";

/**
 * Notes for the log what a change is about: the ids that its request names, or that it made. It runs inside of the checks of the
 * request, so what is noted has the form of an id and holds no secret.
 */
export const changedResource: Interceptor = (next) => async (request) => {
  const call = request.contextValues.get(callKey);
  if (request.stream || call === undefined) {
    return await next(request);
  }
  const { method, message } = request;
  call.resource = withoutUnset(changedBy(method, message));
  const response = await next(request);
  if (!response.stream) {
    call.resource = withoutUnset(changedBy(method, message, response.message));
  }
  return response;
};

function withoutUnset(resource: Resource = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(resource).filter(([, name]) => name));
}
