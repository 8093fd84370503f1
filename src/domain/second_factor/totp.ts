import { Secret, TOTP } from "otpauth";

/** What every authenticator takes: codes of six digits, another every 30 seconds, by HMAC-SHA-1 of RFC 6238. */
const settings = { issuer: "Altalune", algorithm: "SHA1", digits: 6, period: 30 } as const;
const secretBytes = 20;

export function newTotpSecret(): Buffer {
  return Buffer.from(new Secret({ size: secretBytes }).bytes);
}

/** What an authenticator is set up by: the secret to type, and the same as an address that QR codes hold. */
export function setUpOf(secret: Buffer, username: string): { readonly secret: string; readonly uri: string } {
  const totp = totpOf(secret, username);
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/** The step of the clock that a code is of, from one before now to one after it; undefined: none of these. */
export function stepOfCode(secret: Buffer, code: string, now: number): number | undefined {
  const delta = totpOf(secret, "").validate({ token: code, timestamp: now, window: 1 });
  return delta === null ? undefined : Math.floor(now / 1000 / settings.period) + delta;
}

function totpOf(secret: Buffer, label: string): TOTP {
  return new TOTP({ ...settings, label, secret: new Secret({ buffer: new Uint8Array(secret).buffer }) });
}
