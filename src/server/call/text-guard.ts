import { type DescField, type DescMessage, isMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { type Path, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { Interceptor } from "@connectrpc/connect";
import { ReportExposedKeyRequestSchema } from "../../../gen/altalune/v1/exposure_pb.js";
import { ExchangePortalCodeRequestSchema } from "../../../gen/altalune/v1/portal_pb.js";
import {
  VerifyApiKeyRequestSchema,
  VerifySignedRequestRequestSchema,
} from "../../../gen/altalune/v1/verification_pb.js";
import { createSecretSearch, presentedCredential } from "../authority/caller-secret.js";
import { type FieldViolation, invalidArgument } from "../errors/violations.js";

const { apiKeyId, timestamp, nonce, method, path: signedPath } = VerifySignedRequestRequestSchema.field;

/**
 * Where a secret may stand: in the one field that it belongs in, and in those of the client of a guarded API that are neither
 * stored nor shown, whatever is in them.
 */
const unkeptFields: ReadonlySet<unknown> = new Set([VerifyApiKeyRequestSchema.field.key, apiKeyId, method]);

/** What clients call themselves is kept, but for what holds a secret: see src/domain/odd_use/source-recorder.ts. */
const { userAgent } = VerifyApiKeyRequestSchema.field;

/** The other fields that a secret belongs in; they are our own caller's, and held to being text. */
const secretFields: ReadonlySet<unknown> = new Set([
  ExchangePortalCodeRequestSchema.field.code,
  ReportExposedKeyRequestSchema.field.key,
]);

/** What the client of a guarded API chooses, and not our caller: whatever it is, the answer is a verdict. */
export const fieldsOfClients: ReadonlySet<unknown> = new Set([
  ...unkeptFields,
  timestamp,
  nonce,
  signedPath,
  userAgent,
]);

const rules = {
  "text.nul": "must not hold the NUL character",
  "text.unicode": "must be well-formed Unicode",
  "text.secret": "must not hold a secret; if others can read where this value came from, revoke that secret",
  "number.finite": "must hold finite numbers only",
  "time.range": "must be a time from the year 1 to the year 9999",
  "duration.range": "must be a duration of at most 10000 years, with nanos of the same sign as its seconds",
} as const;

/** What google.protobuf.Timestamp allows, in seconds since 1970. JSON is held to it by its decoder, and binary is not. */
const earliestSecond = -62_135_596_800n;
const latestSecond = 253_402_300_799n;

/** What google.protobuf.Duration allows, either way. */
const longestSeconds = 315_576_000_000n;

/**
 * Refuses text and times that the database cannot hold, and secrets in places where they would be stored or shown. All text of a
 * request is searched: strings in lists, maps and their keys, and free-form JSON.
 */
export const textGuard: Interceptor = (next) => async (request) => {
  const token = presentedCredential(request.header.get("authorization"));
  const { input } = request.method;
  if (request.stream) {
    return await next({ ...request, message: guardEach(input, request.message, token) });
  }
  guardText(input, request.message, token);
  return await next(request);
};

async function* guardEach<T extends Message>(input: DescMessage, messages: AsyncIterable<T>, token: string) {
  for await (const message of messages) {
    guardText(input, message, token);
    yield message;
  }
}

/**
 * @param token the caller's own credential, which is a secret whatever it looks like
 * @throws {ConnectError} `invalid_argument` that names the fields
 */
export function guardText(input: DescMessage, message: Message, token: string): void {
  const violations: FieldViolation[] = [];
  const holdsSecret = createSecretSearch(token);
  const report = (path: Path, ruleId: keyof typeof rules): void => {
    violations.push({ path: [...path], rule: rules[ruleId], ruleId });
  };
  const checkText = (text: string, path: Path, field: DescField): void => {
    if (!fieldsOfClients.has(field)) {
      if (text.includes("\0")) {
        report(path, "text.nul");
      }
      if (!text.isWellFormed()) {
        report(path, "text.unicode");
      }
    }
    if (!unkeptFields.has(field) && field !== userAgent && !secretFields.has(field) && holdsSecret(text)) {
      report(path, "text.secret");
    }
  };
  const checkValue = (value: unknown, path: Path, field: DescField): void => {
    if (typeof value === "string") {
      checkText(value, path, field);
    } else if (typeof value === "number") {
      if (!Number.isFinite(value)) {
        report(path, "number.finite");
      }
    } else if (isReflected(value)) {
      walk(value, path);
    }
  };
  const walk = (reflected: ReflectMessage, path: Path): void => {
    // Fields that the schema does not have cannot be searched, and reflection sends requests back as they came.
    delete reflected.message.$unknown;
    const ofClient = fieldsOfClients.has(path.at(-1));
    if (!ofClient && isMessage(reflected.message, TimestampSchema) && !isTime(reflected.message)) {
      report(path, "time.range");
    }
    if (isMessage(reflected.message, DurationSchema) && !isDuration(reflected.message)) {
      report(path, "duration.range");
    }
    // Inside of Google's own types the path stays at the field: clients do not see their fields.
    const opaque = reflected.desc.typeName.startsWith("google.protobuf.");
    for (const field of reflected.fields) {
      if (!mayHoldText(field) || !reflected.isSet(field)) {
        continue;
      }
      const at: Path = opaque ? path : [...path, field];
      if (field.fieldKind === "list") {
        let index = 0;
        for (const item of reflected.get(field)) {
          checkValue(item, opaque ? at : [...at, { kind: "list_sub", index: index++ }], field);
        }
      } else if (field.fieldKind === "map") {
        for (const [key, value] of reflected.get(field)) {
          checkValue(key, at, field);
          checkValue(value, at, field);
        }
      } else {
        checkValue(reflected.get(field), at, field);
      }
    }
  };

  walk(reflect(input, message), []);
  if (violations.length > 0) {
    throw invalidArgument(violations);
  }
}

function isTime({ seconds, nanos }: Timestamp): boolean {
  return seconds >= earliestSecond && seconds <= latestSecond && nanos >= 0 && nanos < 1_000_000_000;
}

function isDuration({ seconds, nanos }: Duration): boolean {
  const inRange = seconds >= -longestSeconds && seconds <= longestSeconds && Math.abs(nanos) < 1_000_000_000;
  return inRange && !(seconds > 0n && nanos < 0) && !(seconds < 0n && nanos > 0);
}

function mayHoldText(field: DescField): boolean {
  return (
    field.message !== undefined ||
    field.fieldKind === "map" ||
    field.scalar === ScalarType.STRING ||
    field.scalar === ScalarType.DOUBLE ||
    field.scalar === ScalarType.FLOAT
  );
}

function isReflected(value: unknown): value is ReflectMessage {
  return typeof value === "object" && value !== null && "desc" in value && "isSet" in value;
}
