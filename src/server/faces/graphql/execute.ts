import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from "graphql";
import { createSchema, createYoga, type Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import { callerError } from "../../errors/caller-error.js";
import { documentFaults } from "./document-faults.js";
import { harmlessText } from "./error-texts.js";
import { maxFaults, maxTokens } from "./limits.js";
import type { RequestParams } from "./request-params.js";
import { type FieldContext, resolvers } from "./resolvers.js";
import { refused, toldError } from "./told-errors.js";
import { typeDefinitions } from "./type-definitions.js";

export interface ExecutionOptions {
  /** Whether clients may ask what there is. */
  readonly introspection: boolean;
  readonly logger: Logger;
}

export interface Executed {
  /** 400: nothing was executed. */
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

export type Execute = (params: RequestParams, accept: string, context: FieldContext) => Promise<Executed>;

export const schema = createSchema<FieldContext>({ typeDefs: typeDefinitions, resolvers });

/** Executes what requests ask for. What it loads is most of what GraphQL costs. */
export function createExecute(options: ExecutionOptions): Execute {
  const yoga = createYoga<FieldContext>({
    schema,
    // All that is about HTTP was looked at before.
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    logging: false,
    maskedErrors: false,
    // Documents would stay in memory, and whatever somebody has written into them.
    parserAndValidationCache: false,
    plugins: [heldToLimits(options), harmlessErrors(options.logger)],
  });
  return async (params, accept, context) => {
    const headers = { "content-type": "application/json", accept };
    const init = { method: "POST", headers, body: JSON.stringify(params) };
    const response = await yoga.fetch("http://localhost/graphql", init, context);
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "application/json",
      body: new Uint8Array(await response.arrayBuffer()),
    };
  };
}

/** A document is held to what a request may ask for before it is validated, which takes longer the more is in it. */
function heldToLimits({ introspection }: ExecutionOptions): Plugin<FieldContext, FieldContext> {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  return {
    onParse({ setParseFn, context: { requestId } }) {
      setParseFn((source: string) => {
        const document = parse(source, { maxLexicalTokens: maxTokens, maxComments: maxTokens });
        const faults = documentFaults(document);
        if (faults.length > 0) {
          const told = refused("GRAPHQL_VALIDATION_FAILED", "DOCUMENT_LIMIT", faults.join("; "), requestId);
          throw new GraphQLError(told.message, { extensions: told.extensions });
        }
        return document;
      });
    },
    onValidate({ setValidationFn }) {
      setValidationFn((...[validated, document]: Parameters<typeof validate>) =>
        validate(validated, document, rules, { maxErrors: maxFaults, hideSuggestions: !introspection }),
      );
    },
  };
}

/** Makes every error one that a client may see. */
function harmlessErrors(logger: Logger): Plugin<FieldContext, FieldContext> {
  return {
    onExecutionResult({ result, setResult, context: { requestId } }) {
      if (result === undefined || !("errors" in result) || result.errors === undefined) {
        return;
      }
      const isExecuted = "data" in result && result.data !== undefined;
      const errors = result.errors.slice(0, isExecuted ? undefined : maxFaults).map((error) => {
        const { message, extensions } = toldOf(error, requestId, logger);
        const { source, positions, path } = error;
        const http = isExecuted ? {} : { http: { status: 400 } };
        return new GraphQLError(message, { source, positions, path, extensions: { ...extensions, ...http } });
      });
      setResult({ ...result, errors });
    },
  };
}

function toldOf(error: GraphQLError, requestId: string, logger: Logger) {
  const { message, path, originalError, extensions } = error;
  if (typeof extensions["reason"] === "string") {
    // One of our own.
    return { message, extensions };
  }
  if (path !== undefined || (originalError !== undefined && !(originalError instanceof GraphQLError))) {
    return toldError(callerError(originalError ?? error, requestId, logger), requestId);
  }
  const text = harmlessText(message);
  if (text.startsWith("Syntax Error: Document contains more")) {
    const told = `a document has at most ${maxTokens} tokens, and as many comments`;
    return refused("GRAPHQL_PARSE_FAILED", "DOCUMENT_LIMIT", told, requestId);
  }
  if (text.startsWith("Syntax Error")) {
    return refused("GRAPHQL_PARSE_FAILED", "DOCUMENT_INVALID", text, requestId);
  }
  // Values of variables are looked at once the document is known to be valid.
  return extensions["code"] !== "GRAPHQL_VALIDATION_FAILED" && message.startsWith("Variable ")
    ? refused("BAD_USER_INPUT", "VARIABLES_INVALID", text, requestId)
    : refused("GRAPHQL_VALIDATION_FAILED", "DOCUMENT_INVALID", text, requestId);
}
