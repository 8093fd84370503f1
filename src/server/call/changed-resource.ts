import type { DescMethod } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { callKey } from "./call.js";
import { isChange } from "./rpc-table.js";

/** Where the messages of changes name what they are about, and the name of it in the log. */
const places: readonly (readonly [field: string, of: string | undefined, logged: string])[] = [
  ["projectId", undefined, "project_id"],
  ["apiKeyId", undefined, "api_key_id"],
  ["name", "tier", "tier"],
  ["id", "project", "project_id"],
  ["id", "apiKey", "api_key_id"],
  ["projectId", "apiKey", "project_id"],
];

/**
 * Notes for the log what a change is about: the ids that its request names, or that it made. It runs inside of the checks of the
 * request, so what is noted has the form of an id and holds no secret.
 */
export const changedResource: Interceptor = (next) => async (request) => {
  const call = request.contextValues.get(callKey);
  if (request.stream || call === undefined || !isChange(request.method)) {
    return await next(request);
  }
  call.resource = namedIn(request.message, request.method);
  const response = await next(request);
  if (!response.stream) {
    call.resource = { ...call.resource, ...namedIn(response.message, request.method) };
  }
  return response;
};

function namedIn(message: object, method: DescMethod): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  const note = (holder: unknown, field: string, logged: string): void => {
    const value: unknown = holder instanceof Object ? Reflect.get(holder, field) : undefined;
    if (typeof value === "string" && value !== "") {
      named[logged] = value;
    }
  };
  for (const [field, of, logged] of places) {
    note(of === undefined ? message : Reflect.get(message, of), field, logged);
  }
  if (method.localName === "deleteTier") {
    note(message, "name", "tier");
  }
  return named;
}
