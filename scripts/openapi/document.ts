import { readFileSync } from "node:fs";
import type { FileRegistry, JsonObject } from "@bufbuild/protobuf";
import type { Product } from "../product.js";
import { Components } from "./components.js";
import { introduction } from "./introduction.js";
import { operation } from "./operations.js";
import { pathOf } from "./parameters.js";
import { headerComponents, problemSchema, refusalResponses, transportRefusalSchema } from "./responses.js";
import { byTag, tagOf } from "./tags.js";
import { descriptionOf } from "./text.js";

/** The whole of docs/openapi.json. */
export function openApiDocument(contract: FileRegistry, product: Product): JsonObject {
  const services = [...contract.files]
    .filter(({ proto }) => proto.package === "altalune.v1")
    .flatMap((file) => file.services)
    .sort(byTag);
  const components = new Components(product.isOfClient);
  components.add("Problem", problemSchema(product.denials));
  components.add("TransportRefusal", transportRefusalSchema());
  const paths: Record<string, JsonObject> = {};
  const routes = services.flatMap(({ methods }) => methods).flatMap(product.routesOf);
  for (const route of routes) {
    const rule = product.rpcRule(route.method);
    if (rule === undefined) {
      throw new Error(`${route.method.name} needs no scope, so nobody may call it`);
    }
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.httpMethod.toLowerCase()]: operation(route, rule, components, routes) };
  }
  const { version, license } = JSON.parse(readFileSync("package.json", "utf8"));
  return {
    openapi: "3.1.0",
    info: {
      title: "Altalune",
      version,
      summary: "An API-key service: issue, verify, limit, rotate, revoke, and keep the trail.",
      description: introduction(product.bounds),
      license: { name: license, identifier: license },
    },
    servers: [{ url: "/", description: "Where this document comes from." }],
    security: [{ rootKey: [] }],
    tags: services.map((service) => ({ name: tagOf(service), description: descriptionOf(service) })),
    paths,
    components: {
      securitySchemes: {
        rootKey: {
          type: "http",
          scheme: "bearer",
          description:
            "A root key, made by `altalune root-key create`. Each operation names the scope that it needs; `*` covers all of them.",
        },
        ownerToken: {
          type: "http",
          scheme: "bearer",
          description:
            "A portal token, which ExchangePortalCode gives, or a JSON Web Token of an issuer that the project trusts.",
        },
      },
      headers: headerComponents(),
      responses: refusalResponses(),
      schemas: components.schemas,
    },
  };
}
