import type { DescMethod } from "@bufbuild/protobuf";
import { MyApiKeyService } from "../../../gen/altalune/v1/my_api_key_pb.js";
import { PortalService } from "../../../gen/altalune/v1/portal_pb.js";
import { takes } from "../call/rpc-table.js";
import { graphqlPath } from "./graphql/graphql-face.js";
import { ownKeysAt } from "./rest/own-keys-routes.js";
import { routesOf } from "./routes.js";

const rpcs: readonly DescMethod[] = [...MyApiKeyService.methods, ...PortalService.methods].filter((method) =>
  takes(method, "owner"),
);

const rpcPaths = new Set(rpcs.map(({ parent, name }) => `/${parent.typeName}/${name}`));

const routes = rpcs.flatMap(routesOf).map(({ template }) => new RegExp(`^${template.replace(/\{\w+\}/g, "[^/:]+")}$`));

/** Whether a path is one that pages of projects call for the owners of keys. */
export function isOwnersPath(path: string): boolean {
  return (
    rpcPaths.has(path) ||
    path === graphqlPath ||
    ownKeysAt(path) !== undefined ||
    routes.some((route) => route.test(path))
  );
}
