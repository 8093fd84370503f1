import { type DestinationStream, type Logger, pino } from "pino";

/** Fields that hold a secret wherever they stand; a log line never needs them. */
const secretFields = ["authorization", "key", "key_value", "keyValue", "signing_secret", "signingSecret", "password"];
const secretNames: ReadonlySet<string> = new Set(secretFields);
const censor = "[redacted]";

/** How deep an object that we log is searched for them. */
const deepest = 3;

/**
 * The only place where loggers are made. Lines are JSON, one an event.
 *
 * @param level the least severe level that is written
 * @param destination where lines go; stdout unless given
 * @param once what the first line says beside its own
 */
export function createLogger(level: string, destination?: DestinationStream, once: object = {}): Logger {
  let first: object | undefined = once;
  const options = {
    level,
    base: null,
    mixin: () => {
      const said = first ?? {};
      first = undefined;
      return said;
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: withoutNestedSecrets },
    // Not the nested ones: to look for them by paths with a `*` costs several times as much as the line itself.
    redact: { paths: secretFields, censor },
    serializers: { err: serializeError, error: serializeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A line's fields, most of which are no objects. Errors are left to their serializer. */
function withoutNestedSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(fields);
  return entries.some(([, value]) => isNested(value))
    ? Object.fromEntries(entries.map(([name, value]) => [name, isNested(value) ? redacted(value, deepest) : value]))
    : fields;
}

function redacted(value: object, depth: number): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => (isNested(item) && depth > 1 ? redacted(item, depth - 1) : item));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]: [string, unknown]) => [
      name,
      secretNames.has(name) ? censor : isNested(inner) && depth > 1 ? redacted(inner, depth - 1) : inner,
    ]),
  );
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Error) && !(value instanceof Date);
}

/** Only these: `detail`, `parameters`, `where` and `query` of a database's error quote the values of the statement. */
const keptFields = ["name", "code", "message", "stack", "constraint", "table"] as const;

const deepestCause = 4;

function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) {
    // A thrown value of another kind may be anything, a request included.
    return { name: typeof error };
  }
  const kept: Record<string, unknown> = {};
  for (const field of keptFields) {
    const value: unknown = Reflect.get(error, field);
    if (typeof value === "string" || typeof value === "number") {
      kept[field] = value;
    }
  }
  if (error.cause !== undefined && depth < deepestCause) {
    kept.cause = serializeError(error.cause, depth + 1);
  }
  return kept;
}
