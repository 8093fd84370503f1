import { listOf, object, orNull, text, time } from "./route.js";

/** What the examples of a user and a session stand for, for tests, which put real ones in their places. */
export const sampleUserId = "m4xw7qk2zt9bnr";
export const samplePasskeyId = "w3kz7mt9qx2vbn";
export const sampleSessionId = "h6tq2wz8kx3mvp";

const userMembers = {
  id: text("The user's id.", sampleUserId),
  username: text("What the user signs in by.", "ada"),
  email: text("The user's address.", "ada@example.com"),
  display_name: text("How the user is called.", ""),
  roles: listOf("The user's role.", text("", "viewer", { enum: ["owner", "admin", "developer", "viewer"] })),
  project_ids: { ...listOf("The projects that the role is for, by their ids.", { type: "string" }), examples: [[]] },
  all_projects: { type: "boolean", description: "Whether it is for every project.", examples: [false] },
  scopes: listOf("What the role may ask for.", text("", "projects:read")),
  created_at: time("When the user was invited or has registered."),
  last_login_at: orNull(time("When the user has signed in last; null: never.")),
};

export const user = { name: "SignedInUser", schema: object(userMembers, "A user, as the user sees it.") };

export const newSession = {
  name: "NewSession",
  schema: object(
    { ...userMembers, expires_at: time("When the session ends at the latest.", "2026-02-01T12:00:00.000Z") },
    "Who has signed in, and until when.",
  ),
};

export const tokens = {
  name: "Tokens",
  schema: object({
    access_token: text("A JWT, to be sent as `Authorization: Bearer …`.", "eyJ…"),
    token_type: text("What it is sent as.", "Bearer", { const: "Bearer" }),
    expires_in: { type: "integer", description: "For how many seconds it is good.", examples: [900] },
    refresh_token: text("Gives the next ones, once, within seven days.", "alt_refresh_…"),
  }),
};

export const sessions = {
  name: "Sessions",
  schema: object({
    sessions: listOf(
      "The user's sessions.",
      object({
        id: text("Its id.", sampleSessionId),
        kind: text("Of a browser, or of a program.", "cookie", { enum: ["cookie", "tokens"] }),
        current: { type: "boolean", description: "Whether it is the one that asks.", examples: [true] },
        source_ip: text("From where it was begun.", "192.0.2.7"),
        user_agent: text("What the client said of itself.", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"),
        created_at: time("When it was begun."),
        last_used_at: time("When it was used last."),
        expires_at: time("When it ends at the latest.", "2026-02-01T12:00:00.000Z"),
      }),
    ),
  }),
};

export const totpState = {
  name: "AuthenticatorState",
  schema: object({
    enabled: { type: "boolean", description: "Whether a sign-in takes a code.", examples: [false] },
    recovery_codes_left: { type: "integer", description: "How many recovery codes are left.", examples: [0] },
  }),
};

export const totpSetUp = {
  name: "AuthenticatorSetUp",
  schema: object({
    secret: text("What the authenticator is given, in base32; shown this once.", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    otpauth_uri: text("The same for a QR code.", "otpauth://totp/Altalune:ada?issuer=Altalune&secret=…"),
  }),
};

export const recoveryCodes = {
  name: "RecoveryCodes",
  schema: object({
    recovery_codes: listOf("Each stands for a code, once; shown this once.", text("", "n5xk2vq8tw4mzc")),
  }),
};

const passkeyMembers = {
  id: text("Its id.", samplePasskeyId),
  name: text("What the user calls it.", "Laptop"),
  created_at: time("When it was added."),
  last_used_at: orNull(time("When the user has signed in by it last; null: never.")),
};

export const passkeys = {
  name: "Passkeys",
  schema: object({ passkeys: listOf("The user's passkeys.", object(passkeyMembers)) }),
};

export const newPasskey = {
  name: "NewPasskey",
  schema: object({
    ...passkeyMembers,
    recovery_codes: listOf(
      "Each stands for a passkey or a code, once; shown this once, with the first factor of a user.",
      text("", "n5xk2vq8tw4mzc"),
    ),
  }),
};

export const passkeyOptions = {
  name: "PasskeyOptions",
  schema: object(
    {
      challenge: text("What is signed.", "q2wz8kx3mvph6t"),
      rp: { type: "object", description: "For which host.", examples: [{ id: "keys.example.com", name: "Altalune" }] },
      user: {
        type: "object",
        description: "For which user.",
        examples: [{ id: "bTR4dzdxazJ6dDlibnI", name: "ada", displayName: "ada" }],
      },
      pubKeyCredParams: listOf("How it may sign.", { type: "object", examples: [{ alg: -7, type: "public-key" }] }),
      timeout: { type: "integer", description: "For how many milliseconds they are good.", examples: [300_000] },
      attestation: text("What made it is not looked at.", "none"),
      excludeCredentials: listOf("The passkeys that the user has.", {
        type: "object",
        examples: [{ id: "q2wz8kx3mvph6t", type: "public-key", transports: ["internal"] }],
      }),
      authenticatorSelection: {
        type: "object",
        description: "Which devices are preferred.",
        examples: [{ residentKey: "preferred", userVerification: "preferred", requireResidentKey: false }],
      },
      extensions: { type: "object", description: "What else is asked for.", examples: [{ credProps: true }] },
      hints: { ...listOf("Nothing.", { type: "string" }), examples: [[]] },
    },
    "The options of `navigator.credentials.create()`, as WebAuthn has them in JSON.",
  ),
};

export const providerState = {
  name: "ProviderState",
  schema: object({
    enabled: { type: "boolean", description: "Whether there is a provider.", examples: [true] },
  }),
};

export const departure = {
  name: "Departure",
  schema: object({
    authorization_url: text(
      "Where the page goes on to.",
      "https://accounts.example.com/authorize?client_id=altalune&…",
    ),
  }),
};

export const publicKeys = {
  name: "PublicKeys",
  schema: object(
    {
      keys: listOf(
        "Each by its `kid`.",
        object({
          crv: text("The curve.", "Ed25519"),
          x: text("The key.", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
          kty: text("Its kind.", "OKP"),
          kid: text("Its name, as tokens have it in their headers.", "q2wz8kx3mvph6t"),
          alg: text("What is signed by.", "EdDSA"),
          use: text("What it is for.", "sig"),
        }),
      ),
    },
    "A JSON Web Key Set (RFC 7517).",
  ),
};
