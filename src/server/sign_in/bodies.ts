import { z } from "zod";
import { UpdateUserRequestSchema } from "../../../gen/altalune/v1/user_pb.js";
import { containsSecret } from "../../domain/api_key/secret-format.js";
import { InvalidFieldError } from "../../domain/domain-error.js";
import { maxPasswordLength, minPasswordLength } from "../../domain/password/model.js";
import { webhookSecretPattern } from "../../domain/webhook/model.js";
import { isText, type TextRules, textRules } from "../../platform/field-rules.js";
import { parseJson } from "../../platform/parse-json.js";
import { signInPasskey } from "./passkey-bodies.js";

/** What is a secret of ours is no name. */
function named(rules: TextRules, description: string) {
  const told = `${description}: ${rules.sentences.join("; ")}.`;
  return text(Math.min(rules.maxLength, 256))
    .refine((value) => isText(rules, value), rules.sentences.join("; "))
    .refine((value) => !containsSecret(value), "must not hold a secret")
    .meta({ description: told, pattern: rules.pattern.source });
}

function text(maxLength: number) {
  return z
    .string({ error: ({ input }) => (input === undefined ? "must be set" : "must be a text") })
    .min(1, "must not be empty")
    .max(maxLength, `must be at most ${maxLength} characters`);
}

/** What is wrong with one that is chosen is told by the rules of passwords; this one is not to be long to hash. */
const password = text(maxPasswordLength * 2);
const chosenPassword = password.describe(
  `At least ${minPasswordLength} characters, and none of those that are tried first.`,
);
const code = text(100);
const totpCode = code.describe("What the user's authenticator shows now, or one of the recovery codes.");
const invitation = code.describe("The code behind the `#` of an invitation or of the set-up link.");

/** How many members that are not known are named. */
const maxNamed = 16;

/** Members that some call by other names. */
const aliases: Readonly<Record<string, string>> = {
  confirmPassword: "confirm_password",
  currentPassword: "current_password",
  newPassword: "new_password",
  refreshToken: "refresh_token",
  returnTo: "return_to",
  totpCode: "totp_code",
};

const mustRepeat = { path: ["confirm_password"], message: "must be the same as the password" };

export const registerBody = z
  .strictObject({
    username: named(textRules(UpdateUserRequestSchema.field.username), "What the user signs in by"),
    email: named(textRules(UpdateUserRequestSchema.field.email), "The address that was invited"),
    password: chosenPassword,
    confirm_password: password.describe("The same again."),
    invitation: invitation.optional(),
    roles: z.undefined("is decided by the invitation; leave it out").optional(),
    role: z.undefined("is decided by the invitation; leave it out").optional(),
  })
  .refine((body) => body.password === body.confirm_password, mustRepeat);

/** Whoever signs in need not keep to the rules of names: there is no such user then. But the database is asked for it. */
const login = text(256)
  .refine((value) => !value.includes("\0"), "must not hold the NUL character")
  .refine((value) => value.isWellFormed(), "must be well-formed Unicode")
  .meta({ pattern: "^[^\\u0000]*$" });

/** That members are set, in JSON Schema. */
const has = (...names: readonly string[]) => ({
  properties: Object.fromEntries(names.map((name) => [name, {}])),
  required: names,
});

export const loginBody = z
  .strictObject({
    username: login.describe("Either this or `email`.").optional(),
    email: login.describe("The user's address, in the place of `username`.").optional(),
    password: password.describe("The user's password."),
    totp_code: totpCode.optional(),
    passkey: signInPasskey.describe("What `navigator.credentials.get()` gave, in the place of `totp_code`.").optional(),
  })
  .refine((body) => (body.username === undefined) !== (body.email === undefined), {
    path: ["username"],
    message: "either this or email must be set",
  })
  .refine((body) => body.totp_code === undefined || body.passkey === undefined, {
    path: ["passkey"],
    message: "send either this or totp_code",
  })
  .meta({
    allOf: [
      { anyOf: [has("username"), has("email")] },
      { not: has("username", "email") },
      { not: has("totp_code", "passkey") },
    ],
  });

export const passwordBody = z
  .strictObject({
    current_password: password.describe("The password until now."),
    new_password: chosenPassword,
    confirm_password: password.describe("The new one again.").optional(),
  })
  .refine((body) => body.confirm_password === undefined || body.new_password === body.confirm_password, mustRepeat);

/** Who has proven before who it is, and does so anew. */
export const passwordAloneBody = z.strictObject({ password: password.describe("The user's password.") });

export const totpCodeBody = z.strictObject({ totp_code: code.describe("What the authenticator shows now.") });

/** Neither dots nor anything encoded: no browser takes it for the address of another host, or for another path. */
const consolePage = /^\/console(?:\/[\w-]+)*\/?(?:\?[!-"$-~]*)?$/;

const returnTo = text(1000)
  .regex(consolePage, "must be a page of the console, such as /console/projects")
  .refine((value) => !containsSecret(value) && !webhookSecretPattern.test(value), "must not hold a secret")
  .describe("The page of the console to come back to, with its query; `/console` unless it is set.");

export const oidcLoginBody = z.strictObject({ invitation: invitation.optional(), return_to: returnTo.optional() });

export const refreshBody = z.strictObject({
  refresh_token: code.describe("The last one that was given, which is good once."),
});

/** Fields that are at fault, each with what it must be. */
export class InvalidBodyError extends InvalidFieldError {
  constructor(readonly faults: ReadonlyMap<string, string>) {
    const [[field, rule] = ["body", "is not as it must be"]] = faults;
    super(field, rule);
  }
}

/**
 * Reads the body of a request. What is said of its faults holds nothing of its values.
 *
 * @throws InvalidBodyError
 */
export function readJsonBody<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array): z.output<Schema> {
  const parsed = schema.safeParse(canonical(jsonOf(bytes)));
  if (parsed.success) {
    return parsed.data;
  }
  const faults = new Map<string, string>();
  const add = (field: string, sentence: string) => {
    if (!faults.has(field)) {
      faults.set(field, sentence);
    }
  };
  for (const issue of parsed.error.issues) {
    if (issue.code !== "unrecognized_keys") {
      add(issue.path.length === 0 ? "body" : issue.path.join("."), issue.message);
      continue;
    }
    for (const name of issue.keys.slice(0, maxNamed)) {
      if (isNameOfMember(name)) {
        add(name, "is not known here");
      } else {
        add("body", "has a member that is not known here");
      }
    }
  }
  throw new InvalidBodyError(faults);
}

/** Whether it reads like a name: a password or a token that was put in the place of one is not said again. */
function isNameOfMember(name: string): boolean {
  return /^[a-z][a-z_]{0,31}$/i.test(name) && !containsSecret(name);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch {
    throw new InvalidBodyError(new Map([["body", "must be a JSON object"]]));
  }
}

function canonical(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new InvalidBodyError(new Map([["body", "must be a JSON object"]]));
  }
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [aliases[name] ?? name, value]));
}
