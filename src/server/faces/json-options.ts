import type { JsonReadOptions, JsonWriteOptions } from "@bufbuild/protobuf";

/**
 * How messages are read and written as JSON, by whatever face they come and go.
 *
 * A misspelt `requiredScopes` would be a check that nobody makes, so unknown fields are refused. And a client compares
 * `valid === false` and counts what is `remaining`: what has no presence is always written. What has presence (messages,
 * `optional`) is left out while it is not set.
 */
export const jsonOptions = {
  ignoreUnknownFields: false,
  alwaysEmitImplicit: true,
} as const satisfies Partial<JsonReadOptions & JsonWriteOptions>;
