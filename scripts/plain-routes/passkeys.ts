import { addPasskeyBody } from "../../src/server/sign_in/passkey-bodies.js";
import type { passkeyRoutes } from "../../src/server/sign_in/passkey-routes.js";
import { newPasskey, passkeyOptions, passkeys, samplePasskeyId } from "./answers.js";
import { passwordAgain, wrongPassword } from "./password-again.js";
import { type DocsOf, idInPath } from "./route.js";

const tag = "Passkeys";

export const passkeyDocs: DocsOf<typeof passkeyRoutes> = {
  "GET /api/auth/passkeys": {
    operationId: "listPasskeys",
    tag,
    summary: "Lists the user's passkeys",
    by: "user",
    answer: { status: 200, description: "The passkeys.", body: passkeys },
  },
  "POST /api/auth/passkeys/options": {
    operationId: "beginPasskey",
    tag,
    summary: "Says what a browser makes a passkey by",
    description: "They are good for five minutes, once.",
    by: "user",
    body: passwordAgain,
    answer: {
      status: 200,
      description: "What `PublicKeyCredential.parseCreationOptionsFromJSON()` takes.",
      body: passkeyOptions,
    },
    denials: ["PASSKEYS_UNAVAILABLE", "PASSKEY_LIMIT_REACHED", ...wrongPassword],
  },
  "POST /api/auth/passkeys": {
    operationId: "addPasskey",
    tag,
    summary: "Adds the passkey that a browser has made",
    description: "From then on a sign-in needs it, or another factor of the user's.",
    by: "user",
    body: {
      name: "MadePasskey",
      schema: addPasskeyBody,
      example: {
        name: "Laptop",
        response: {
          id: "q2wz8kx3mvph6t",
          type: "public-key",
          response: { clientDataJSON: "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0", attestationObject: "o2NmbXRkbm9uZQ" },
        },
      },
    },
    answer: { status: 201, description: "The passkey.", body: newPasskey },
    denials: ["PASSKEYS_UNAVAILABLE", "PASSKEY_LIMIT_REACHED", "PASSKEY_NAME_TAKEN", "PASSKEY_EXISTS"],
  },
  "DELETE /api/auth/passkeys/{id}": {
    operationId: "removePasskey",
    tag,
    summary: "Takes a passkey away",
    description: "Once the last factor is gone, the password is enough again.",
    by: "user",
    parameters: [idInPath("The passkey's id.", samplePasskeyId)],
    body: passwordAgain,
    answer: { status: 204, description: "It was done." },
    denials: ["PASSKEY_NOT_FOUND", ...wrongPassword],
  },
};
