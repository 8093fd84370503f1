import { MyApiKeyService } from "../../../../gen/altalune/v1/my_api_key_pb.js";
import { isPublicId, noPublicId } from "../../../platform/ids.js";

const { queryMyApiKeys, createMyApiKey, getMyApiKey, revokeMyApiKey } = MyApiKeyService.method;

/**
 * The two families of routes by which an owner's keys are known to APIs that had them before: they differ in what they show, and in
 * what a key is that was revoked.
 */
export type Family = "users" | "api";

/** A route of an owner's keys beside those of the protos. */
export interface OwnKeysRoute {
  readonly family: Family;
  readonly rpc: typeof queryMyApiKeys | typeof createMyApiKey | typeof getMyApiKey | typeof revokeMyApiKey;
  /** Empty: all of them. */
  readonly apiKeyId: string;
}

const families: readonly { readonly family: Family; readonly path: string }[] = [
  { family: "users", path: "/users/me/apikeys" },
  { family: "api", path: "/api/keys" },
];

/** What is at a path, by the methods that it takes; undefined: the path is another's. */
export function ownKeysAt(path: string): ReadonlyMap<string, OwnKeysRoute> | undefined {
  for (const { family, path: base } of families) {
    if (path === base) {
      return new Map([
        ["GET", { family, rpc: queryMyApiKeys, apiKeyId: "" }],
        ["POST", { family, rpc: createMyApiKey, apiKeyId: "" }],
      ]);
    }
    if (path.startsWith(`${base}/`)) {
      // What is no id is that of no key.
      const id = path.slice(base.length + 1);
      const apiKeyId = isPublicId(id) ? id : noPublicId;
      return new Map<string, OwnKeysRoute>([
        ...(family === "api" ? ([["GET", { family, rpc: getMyApiKey, apiKeyId }]] as const) : []),
        ["DELETE", { family, rpc: revokeMyApiKey, apiKeyId }],
      ]);
    }
  }
  return undefined;
}
