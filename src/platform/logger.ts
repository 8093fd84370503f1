import { type DestinationStream, type Logger, pino } from "pino";

/** Fields that hold a secret wherever they stand; a log line never needs them. */
const secretFields = ["authorization", "key", "key_value", "keyValue", "signing_secret", "signingSecret", "password"];

/** How deep an object that we log is searched for them. */
const depths = ["", "*.", "*.*.", "*.*.*."];

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
    redact: { paths: depths.flatMap((depth) => secretFields.map((field) => depth + field)), censor: "[redacted]" },
    serializers: { err: serializeError, error: serializeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
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
