import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** What an authenticator is made to do otherwise than it should. */
export interface Deviation {
  /** Of the page that asks, as the browser says it. */
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** What its counter says. */
  readonly count?: number;
  /** UP is 1, UV is 4. */
  readonly flags?: number;
  readonly userHandle?: string;
  readonly credentialId?: Buffer;
  /** Whether the page was within one of another site. */
  readonly crossOrigin?: boolean;
  /** Who made it, and says so. */
  readonly maker?: Maker;
}

/** A maker of authenticators of U2F: the key of a certificate in DER. */
export interface Maker {
  readonly key: KeyObject;
  readonly certificate: Buffer;
}

interface AskedOptions {
  readonly challenge: string;
}

/** A passkey and the browser that it is in, by WebAuthn level 2: ES256, and no attestation. */
export class SoftwareAuthenticator {
  readonly credentialId: Buffer;
  /** Uncompressed, without what stands before the point. */
  readonly #point: Buffer;
  readonly #key: KeyObject;
  readonly #origin: string;
  #count = 0;
  #userHandle = "";

  /** @param origin of the page */
  constructor(origin: string, idLength = 32) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.credentialId = randomBytes(idLength);
    this.#point = publicKey.export({ type: "spki", format: "der" }).subarray(-64);
    this.#key = privateKey;
    this.#origin = origin;
  }

  /** The public key, which is no secret. */
  get publicKey(): Buffer {
    return this.#point;
  }

  /** As `navigator.credentials.create()` and `toJSON()` give it. */
  create(options: AskedOptions & { readonly user: { readonly id: string } }, as: Deviation = {}) {
    this.#userHandle = options.user.id;
    const idLength = Buffer.alloc(2);
    idLength.writeUInt16BE(this.credentialId.length);
    const attested = Buffer.concat([Buffer.alloc(16), idLength, this.credentialId, this.#coseKey()]);
    const data = Buffer.concat([this.#data(0x40, as), attested]);
    const clientDataJSON = this.#clientData("webauthn.create", options, as);
    const attestation = as.maker === undefined ? none : this.#u2f(as.maker, data, clientDataJSON);
    const attestationObject = Buffer.concat([head(5, 3), attestation, text("authData"), bytes(data)]);
    return {
      ...this.#credential(as),
      response: {
        clientDataJSON,
        attestationObject: attestationObject.toString("base64url"),
        transports: ["internal", "hybrid"],
      },
    };
  }

  /** As `navigator.credentials.get()` and `toJSON()` give it. */
  get(options: AskedOptions, as: Deviation = {}) {
    this.#count += 1;
    const data = this.#data(0, as);
    const clientDataJSON = this.#clientData("webauthn.get", options, as);
    return {
      ...this.#credential(as),
      response: {
        clientDataJSON,
        authenticatorData: data.toString("base64url"),
        signature: sign("sha256", Buffer.concat([data, hashOf(clientDataJSON)]), this.#key).toString("base64url"),
        userHandle: as.userHandle ?? this.#userHandle,
      },
    };
  }

  #credential({ credentialId = this.credentialId }: Deviation) {
    const id = credentialId.toString("base64url");
    return { id, rawId: id, type: "public-key", authenticatorAttachment: "platform", clientExtensionResults: {} };
  }

  #clientData(type: string, options: AskedOptions, as: Deviation): string {
    const data = {
      type: as.type ?? type,
      challenge: as.challenge ?? options.challenge,
      origin: as.origin ?? this.#origin,
      crossOrigin: as.crossOrigin ?? false,
    };
    return Buffer.from(JSON.stringify(data)).toString("base64url");
  }

  #data(more: number, as: Deviation): Buffer {
    const rpId = as.rpId ?? new URL(this.#origin).hostname;
    const rest = Buffer.alloc(5);
    rest.writeUInt8(more | (as.flags ?? 5));
    rest.writeUInt32BE(as.count ?? this.#count, 1);
    return Buffer.concat([createHash("sha256").update(rpId).digest(), rest]);
  }

  /** That of FIDO U2F, whose signature holds. */
  #u2f({ key, certificate }: Maker, data: Buffer, clientDataJSON: string): Buffer {
    const point = Buffer.concat([Buffer.from([4]), this.#point]);
    const rpIdHash = data.subarray(0, 32);
    const signed = Buffer.concat([Buffer.alloc(1), rpIdHash, hashOf(clientDataJSON), this.credentialId, point]);
    const sig = Buffer.concat([text("sig"), bytes(sign("sha256", signed, key))]);
    const x5c = Buffer.concat([text("x5c"), head(4, 1), bytes(certificate)]);
    return Buffer.concat([text("fmt"), text("fido-u2f"), text("attStmt"), head(5, 2), sig, x5c]);
  }

  /** RFC 9053: kty EC2, alg ES256, crv P-256, x, y. */
  #coseKey(): Buffer {
    const [x, y] = [this.#point.subarray(0, 32), this.#point.subarray(32)];
    const members = [int(1), int(2), int(3), int(-7), int(-1), int(1), int(-2), bytes(x), int(-3), bytes(y)];
    return Buffer.concat([head(5, members.length / 2), ...members]);
  }
}

function hashOf(clientDataJSON: string): Buffer {
  return createHash("sha256").update(Buffer.from(clientDataJSON, "base64url")).digest();
}

/** CBOR, RFC 8949: as much of it as stands above. */
function head(major: number, value: number): Buffer {
  if (value < 24) {
    return Buffer.from([(major << 5) | value]);
  }
  return Buffer.from(
    value < 256 ? [(major << 5) | 24, value] : [(major << 5) | 25, Math.floor(value / 256), value % 256],
  );
}

function int(value: number): Buffer {
  return value < 0 ? head(1, -1 - value) : head(0, value);
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(2, value.length), value]);
}

function text(value: string): Buffer {
  return Buffer.concat([head(3, value.length), Buffer.from(value)]);
}

const none = Buffer.concat([text("fmt"), text("none"), text("attStmt"), head(5, 0)]);
