import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { z } from "zod";
import { publicIdShape } from "../../src/platform/ids.js";

/** Routes that are not those of the protos, in the order in which somebody meets them: their tags, and what is said of each. */
export const plainTags = {
  "Sign-in": "How users come in and go: by a cookie, or for tokens. docs/users.md tells of all of it.",
  Authenticators: "A user may ask for more than the password: a code of an authenticator (TOTP).",
  Passkeys:
    "The same by a key in a phone, a computer or a security key (WebAuthn). docs/users.md has what a page needs.",
  "Own keys":
    "An owner's own keys by routes that APIs had for them before, in snake_case; MyApiKeyService has more. It takes a portal token, a token of an issuer that the project trusts, or the session of a user where the project allows users: docs/self-service.md says which to choose.",
  GraphQL: "The same keys by GraphQL, for the same credentials. docs/schema.graphql is the schema.",
  Leaks:
    "Values of keys that scanners have found, by their own protocols; ExposureService takes those of others. docs/leaks.md tells of all of it.",
} as const;

/** Who calls: nobody in particular, a user who has signed in, an owner of keys, whoever has the cookie of a session or a password, or GitHub. */
export type By = "anybody" | "user" | "owner" | "cookie or password" | "github";

/** What a request holds. */
export interface BodyDoc {
  readonly name: string;
  /** What the product reads it by, or the same in words of JSON Schema. */
  readonly schema: z.ZodType | JsonObject;
  readonly example: JsonObject | JsonObject[];
  /** Whether a request may have none. */
  readonly optional?: true;
}

export interface AnswerDoc {
  readonly status: number;
  readonly description: string;
  /** Undefined: it has no body. */
  readonly body?: { readonly name: string; readonly schema: JsonObject };
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the documents tell of a route. */
export interface RouteDoc {
  readonly operationId: string;
  readonly tag: keyof typeof plainTags;
  readonly summary: string;
  readonly description?: string;
  readonly by: By;
  /** Of path, query and headers. */
  readonly parameters?: readonly JsonObject[];
  readonly body?: BodyDoc;
  readonly answer: AnswerDoc;
  /** Reasons by which it is refused, beside those that many are. */
  readonly denials?: readonly string[];
}

/** The lines of a table of routes, such as `POST /api/auth/login`: a route of which nothing is told does not compile. */
export type DocsOf<Table> = {
  readonly [Line in {
    [Path in keyof Table & string]: `${keyof Table[Path] & string} ${Path}`;
  }[keyof Table & string]]: RouteDoc;
};

/** The id that a path names. */
export function idInPath(description: string, example: string): JsonObject {
  const schema = { type: "string", pattern: publicIdShape.source };
  return { name: "id", in: "path", required: true, description, schema, example };
}

/** A text that an answer holds. */
export function text(description: string, example: string, more: JsonObject = {}): JsonObject {
  return { type: "string", description, examples: [example], ...more };
}

export function time(description: string, example = "2026-01-31T12:00:00.000Z"): JsonObject {
  return text(description, example, { format: "date-time" });
}

/** The same, where it may be null. */
export function orNull(schema: JsonObject): JsonObject {
  return { ...schema, type: [schema["type"] ?? "string", "null"] };
}

export function listOf(description: string, items: JsonObject): JsonObject {
  return { type: "array", description, items };
}

/** An object of an answer, which has all of its members. */
export function object(members: Readonly<Record<string, JsonObject>>, description?: string): JsonObject {
  return {
    type: "object",
    ...(description !== undefined && { description }),
    properties: { ...members },
    required: Object.keys(members),
  };
}

/** An answer, made of the examples of its members. */
export function exampleOf(schema: JsonObject): JsonValue {
  const { examples, properties, items } = schema as {
    readonly examples?: readonly JsonValue[];
    readonly properties?: Readonly<Record<string, JsonObject>>;
    readonly items?: JsonObject;
  };
  if (examples?.[0] !== undefined) {
    return examples[0];
  }
  if (properties !== undefined) {
    return Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, exampleOf(member)]));
  }
  if (items !== undefined) {
    return [exampleOf(items)];
  }
  throw new Error(`there is no example of ${JSON.stringify(schema)}`);
}
