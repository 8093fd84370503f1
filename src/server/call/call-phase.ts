import type { Interceptor } from "@connectrpc/connect";
import { decodeError } from "../errors/decode-errors.js";
import { callKey } from "./call.js";
import { mapErrors } from "./caller-errors.js";

/** The outermost: from here on errors are ours, until the response leaves. Messages of a stream are still decoded. */
export const callPhase: Interceptor = (next) => async (request) => {
  const call = request.contextValues.get(callKey);
  if (call !== undefined) {
    call.phase = "handling";
  }
  if (request.stream) {
    const message = mapErrors(request.message, (error) => decodeError(error, request.method));
    return await next({ ...request, message });
  }
  const response = await next(request);
  if (call !== undefined) {
    call.phase = "encoding";
  }
  return response;
};
