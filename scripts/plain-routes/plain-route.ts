import type { FileRegistry, JsonObject } from "@bufbuild/protobuf";
import { z } from "zod";
import { Components } from "../openapi/components.js";
import type { Product } from "../product.js";
import { authenticators } from "./authenticators.js";
import { graphql } from "./graphql.js";
import { leaks } from "./leaks.js";
import { ownKeys } from "./own-keys.js";
import { passkeyDocs } from "./passkeys.js";
import { plainTags, type RouteDoc } from "./route.js";
import { oidc, signIn } from "./sign-in.js";

/** A route that is none of the protos', and what is told of it. */
export interface PlainRoute extends RouteDoc {
  readonly method: string;
  readonly path: string;
}

/** All of them, tag by tag. */
export function plainRoutes(contract: FileRegistry, { isOfClient }: Product): readonly PlainRoute[] {
  const docs: Readonly<Record<string, RouteDoc>> = {
    ...signIn,
    ...oidc,
    ...authenticators,
    ...passkeyDocs,
    ...ownKeys(contract, new Components(isOfClient)),
    ...leaks,
    ...graphql,
  };
  const order = Object.keys(plainTags);
  return Object.entries(docs)
    .map(([line, doc]) => {
      const [method = "", path = ""] = line.split(" ");
      return { ...doc, method, path };
    })
    .sort((a, b) => order.indexOf(a.tag) - order.indexOf(b.tag));
}

/** What a body must be, as JSON Schema. */
export function schemaOfBody({ name, schema }: NonNullable<RouteDoc["body"]>): JsonObject {
  if (!(schema instanceof z.ZodType)) {
    return schema;
  }
  const { $schema: _dialect, ...made } = JSON.parse(JSON.stringify(z.toJSONSchema(schema, zodOptions)));
  return made.type === "array" ? { ...made, items: toldMembers(name, made.items) } : toldMembers(name, made);
}

function toldMembers(name: string, { properties, ...rest }: ObjectSchema): JsonObject {
  // What is refused whatever it holds has no type, and is none of the members that are told of.
  const told = Object.entries(properties).filter(([, member]) => Object.keys(member).length > 0);
  const untold = told.find(([, member]) => member["description"] === undefined);
  if (untold !== undefined) {
    throw new Error(`${untold[0]} of ${name} has no description yet`);
  }
  return { ...rest, properties: Object.fromEntries(told) };
}

type ObjectSchema = JsonObject & { readonly properties: Readonly<Record<string, JsonObject>> };

const zodOptions = { io: "input", unrepresentable: "any" } as const;
