import { z } from "zod";
import { containsSecret } from "../../domain/api_key/secret-format.js";

/** Bytes, as WebAuthn has them in JSON. */
const base64url = z.string("must be base64url text").regex(/^[A-Za-z0-9_-]+={0,2}$/, "must be base64url text");
const publicKey = z.literal("public-key", 'must be "public-key"');

const maxTransports = 16;
/** The words are each browser's own. */
const transport = z
  .string("must be a text")
  .regex(/^[a-z][a-z-]{0,31}$/, "must be up to 32 letters and hyphens, as browsers say it");
const transports = z.array(transport, "must be a list").max(maxTransports, `must be at most ${maxTransports}`);

const maxNameLength = 64;
const name = z
  .string("must be a text")
  .regex(/\S/, "must not be blank")
  .refine((value) => [...value].length <= maxNameLength, `must be at most ${maxNameLength} characters`)
  .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), "must not hold control characters")
  .refine((value) => !containsSecret(value), "must not hold a secret");

/** What `navigator.credentials.create()` gave. What else is in it is not looked at: browsers add to it. */
export const addPasskeyBody = z.strictObject({
  name: name
    .describe(`What the user calls it, at most ${maxNameLength} characters. Without it one is made up.`)
    .optional(),
  response: z
    .object(
      {
        id: base64url,
        type: publicKey,
        response: z.object(
          { clientDataJSON: base64url, attestationObject: base64url, transports: transports.nullish() },
          "must be an object",
        ),
      },
      "must be what navigator.credentials.create() gave, as JSON",
    )
    .describe("What `navigator.credentials.create()` gave, as JSON."),
});

/** What `navigator.credentials.get()` gave, likewise. */
export const signInPasskey = z.object(
  {
    id: base64url,
    type: publicKey,
    response: z.object(
      {
        clientDataJSON: base64url,
        authenticatorData: base64url,
        signature: base64url,
        // Some say by an empty text that there is none.
        userHandle: base64url.or(z.literal("")).nullish(),
      },
      "must be an object",
    ),
  },
  "must be what navigator.credentials.get() gave, as JSON",
);
