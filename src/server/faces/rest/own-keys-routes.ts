import { MyApiKeyService } from "../../../../gen/altalune/v1/my_api_key_pb.js";
import { isPublicId, noPublicId } from "../../../platform/ids.js";

const { queryMyApiKeys, createMyApiKey, getMyApiKey, revokeMyApiKey } = MyApiKeyService.method;

/**
 * The two families of routes by which an owner's keys are known to APIs that had them before: they differ in what they show, and in
 * what a key is that was revoked.
 */
export type Family = "users" | "api";

/** Every route of an owner's keys beside those of the protos, by path and method: each is an rpc in another form. */
export const ownKeysRoutes = {
  "/users/me/apikeys": { GET: queryMyApiKeys, POST: createMyApiKey },
  "/users/me/apikeys/{id}": { DELETE: revokeMyApiKey },
  "/api/keys": { GET: queryMyApiKeys, POST: createMyApiKey },
  "/api/keys/{id}": { GET: getMyApiKey, DELETE: revokeMyApiKey },
} as const;

type Path = keyof typeof ownKeysRoutes;
type OwnKeysRpc = typeof queryMyApiKeys | typeof createMyApiKey | typeof getMyApiKey | typeof revokeMyApiKey;

/** A request's route. */
export interface OwnKeysRoute {
  readonly family: Family;
  readonly rpc: OwnKeysRpc;
  /** Empty: all of them. */
  readonly apiKeyId: string;
}

const families: readonly { readonly family: Family; readonly all: Path; readonly one: Path }[] = [
  { family: "users", all: "/users/me/apikeys", one: "/users/me/apikeys/{id}" },
  { family: "api", all: "/api/keys", one: "/api/keys/{id}" },
];

/** What is at a path, by the methods that it takes; undefined: the path is another's. */
export function ownKeysAt(path: string): ReadonlyMap<string, OwnKeysRoute> | undefined {
  for (const { family, all, one } of families) {
    if (path === all) {
      return routesAt(family, all, "");
    }
    if (path.startsWith(`${all}/`)) {
      // What is no id is that of no key.
      const id = path.slice(all.length + 1);
      return routesAt(family, one, isPublicId(id) ? id : noPublicId);
    }
  }
  return undefined;
}

function routesAt(family: Family, path: Path, apiKeyId: string): ReadonlyMap<string, OwnKeysRoute> {
  const rpcs: Readonly<Record<string, OwnKeysRpc>> = ownKeysRoutes[path];
  return new Map(Object.entries(rpcs).map(([method, rpc]) => [method, { family, rpc, apiKeyId }]));
}
