import { type DestinationStream, type LogFn, type Logger, pino } from "pino";

/** Fields that hold a secret wherever they stand; a log line never needs them. */
const secretFields = ["authorization", "key", "key_value", "keyValue", "signing_secret", "signingSecret", "password"];
const secretNames: ReadonlySet<string> = new Set(secretFields);
const censor = "[redacted]";
const serializers = { err: serializeError, error: serializeError };

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
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: {
      // Whatever is logged: a line's fields, and what its text quotes.
      logMethod(args: Parameters<LogFn>, method: LogFn) {
        // The first argument alone has a serializer, where it is an error.
        const safe = args.map((arg, at) => (at > 0 && arg instanceof Error ? serializeError(arg) : arg));
        method.apply(this, safe.map((arg) => (isObject(arg) ? withoutNestedSecrets(arg) : arg)) as Parameters<LogFn>);
      },
    },
    // The nested ones are looked for by us: by paths with a `*` it costs several times as much as the line itself.
    redact: { paths: secretFields, censor },
    serializers,
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  const { child } = logger;
  logger.child = function childWithoutSecrets(this: Logger, bindings: object, more?: object) {
    return child.call(this, withoutNestedSecrets(bindings), more);
  } as Logger["child"];
  return logger;
}

/** Most of a line's fields are no objects. An error is left to its serializer. */
function withoutNestedSecrets<Fields extends object>(fields: Fields): Fields {
  return fields instanceof Error || !Object.values(fields).some(isObject)
    ? fields
    : (Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [name, withoutSecrets(value, deepest, name in serializers)]),
      ) as Fields);
}

/** @param isSerialized whether a serializer of its own sees to an error */
function withoutSecrets(given: unknown, depth: number, isSerialized = false): unknown {
  if (given instanceof Error) {
    return isSerialized ? given : serializeError(given);
  }
  const value = asLogged(given);
  if (!isObject(value) || depth === 0) {
    return value;
  }
  return Array.isArray(value)
    ? value.map((item: unknown) => withoutSecrets(item, depth - 1))
    : Object.fromEntries(
        Object.entries(value).map(([name, inner]: [string, unknown]) => [
          name,
          secretNames.has(name) ? censor : withoutSecrets(inner, depth - 1),
        ]),
      );
}

/** As JSON has it, which may be no object. */
function asLogged(value: unknown): unknown {
  return isObject(value) && "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
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
