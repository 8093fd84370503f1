/** What WebAuthn asks of a relying party, by a library that is loaded when somebody first needs it. */
import type {
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import type { decodeAttestationObject } from "@simplewebauthn/server/helpers";
import {
  type Credential,
  challengeMs,
  type PasskeyUser,
  type RegistrationAnswer,
  type RelyingParty,
  type SignInAnswer,
} from "./model.js";

export type CreationOptions = PublicKeyCredentialCreationOptionsJSON;
export type RequestOptions = PublicKeyCredentialRequestOptionsJSON;

/** Ed25519, ES256 and RS256: what every Node of this service can check. */
const algorithms = [-8, -7, -257];
const maxCredentialIdBytes = 1023;

export async function creationOptions(
  party: RelyingParty,
  user: PasskeyUser,
  challenge: Buffer,
  known: readonly Credential[],
): Promise<CreationOptions> {
  const { generateRegistrationOptions } = await import("@simplewebauthn/server");
  return generateRegistrationOptions({
    rpName: "Altalune",
    rpID: party.id,
    userName: user.username,
    userDisplayName: user.username,
    userID: userHandleOf(user),
    challenge: new Uint8Array(challenge),
    timeout: challengeMs,
    attestationType: "none",
    excludeCredentials: known.map(descriptorOf),
    authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
    supportedAlgorithmIDs: algorithms,
  });
}

export async function requestOptions(
  party: RelyingParty,
  challenge: Buffer,
  known: readonly Credential[],
): Promise<RequestOptions> {
  const { generateAuthenticationOptions } = await import("@simplewebauthn/server");
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: new Uint8Array(challenge),
    timeout: challengeMs,
    allowCredentials: known.map(descriptorOf),
    userVerification: "preferred",
  });
}

/** The challenge that an answer is to, base64url; undefined: it cannot be read, or was given within another site's page. */
export function challengeOf({ response }: RegistrationAnswer | SignInAnswer): string | undefined {
  try {
    const { challenge, crossOrigin } = JSON.parse(Buffer.from(response.clientDataJSON, "base64url").toString());
    return typeof challenge === "string" && crossOrigin !== true ? challenge : undefined;
  } catch {
    return undefined;
  }
}

/** The credential that was made, and what its counter says; undefined: it was not made here, or not to this challenge. */
export async function madeCredential(
  party: RelyingParty,
  { id, response }: RegistrationAnswer,
  challenge: string,
): Promise<(Credential & { readonly signCount: number }) | undefined> {
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  const { decodeAttestationObject } = await import("@simplewebauthn/server/helpers");
  const transports = response.transports ?? [];
  try {
    const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(response.attestationObject, "base64url")));
    if (hasCertificates(attestation)) {
      return undefined;
    }
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: { clientDataJSON: response.clientDataJSON, attestationObject: response.attestationObject },
      },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    });
    const credentialId = Buffer.from(registrationInfo?.credential.id ?? "", "base64url");
    if (registrationInfo === undefined || credentialId.length === 0 || credentialId.length > maxCredentialIdBytes) {
      return undefined;
    }
    const { publicKey, counter } = registrationInfo.credential;
    return { credentialId, publicKey: Buffer.from(publicKey), transports, signCount: counter };
  } catch {
    // Whatever cannot be read: the library throws at the first thing that does not hold.
    return undefined;
  }
}

/** What the counter of a passkey says in an answer that it has signed; undefined: the answer does not hold. */
export async function signedCount(
  party: RelyingParty,
  { id, response }: SignInAnswer,
  challenge: string,
  { publicKey }: Credential,
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  const { clientDataJSON, authenticatorData, signature } = response;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature },
      },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      // Whether the counter goes forward is for the statement that writes it: two answers may come at once.
      credential: { id, publicKey: new Uint8Array(publicKey), counter: 0 },
      requireUserVerification: false,
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined;
  }
}

/** What a passkey calls its user: nothing that tells who that is. */
export function userHandleOf({ publicId }: PasskeyUser): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(publicId));
}

/**
 * Whether an attestation says by certificates what made it. None is asked for, and none is looked at: certificates name addresses that
 * the library would fetch.
 */
function hasCertificates(attestation: ReturnType<typeof decodeAttestationObject>): boolean {
  const format = attestation.get("fmt");
  const isOwn = format === "packed" && attestation.get("attStmt").get("x5c") === undefined;
  return format !== "none" && !isOwn;
}

function descriptorOf({ credentialId, transports }: Credential) {
  return {
    id: credentialId.toString("base64url"),
    // The words are the browser's own, and go back to browsers.
    transports: transports as AuthenticatorTransport[],
  };
}
