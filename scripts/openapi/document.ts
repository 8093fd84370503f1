import { readFileSync } from "node:fs";
import type { FileRegistry, JsonObject } from "@bufbuild/protobuf";
import { plainRoutes } from "../plain-routes/plain-route.js";
import { plainTags } from "../plain-routes/route.js";
import type { Product } from "../product.js";
import { Components } from "./components.js";
import { introduction } from "./introduction.js";
import { operation as operationOfRpc } from "./operations.js";
import { pathOf } from "./parameters.js";
import { plainOperation, plainProblemSchema } from "./plain-operations.js";
import { headerComponents, problemSchema, refusalResponses, transportRefusalSchema } from "./responses.js";
import { ofOperators, securitySchemes } from "./security.js";
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
  components.add("PlainProblem", plainProblemSchema());
  components.add("TransportRefusal", transportRefusalSchema());
  const paths: Record<string, JsonObject> = {};
  const routes = services.flatMap(({ methods }) => methods).flatMap(product.routesOf);
  for (const route of routes) {
    const rule = product.rpcRule(route.method);
    if (rule === undefined) {
      throw new Error(`${route.method.name} needs no scope, so nobody may call it`);
    }
    const path = pathOf(route);
    paths[path] = { ...paths[path], [route.httpMethod.toLowerCase()]: operationOfRpc(route, rule, components, routes) };
  }
  for (const route of plainRoutes(contract, product)) {
    const { path, method } = route;
    const operation = plainOperation(route, product.denials, components);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
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
    security: ofOperators.map((kind) => ({ ...kind }) as JsonObject),
    tags: [
      ...services.map((service) => ({ name: tagOf(service), description: descriptionOf(service) })),
      ...Object.entries(plainTags).map(([name, description]) => ({ name, description })),
    ],
    paths,
    components: {
      securitySchemes,
      headers: headerComponents(),
      responses: refusalResponses(),
      schemas: components.schemas,
    },
  };
}
