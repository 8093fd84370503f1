/**
 * The format of the secrets that Altalune hands out: `<prefix><43 base62 characters><6 base62 characters>`.
 *
 * The 43 characters are 256 random bits; the 6 are the CRC-32 of all before them, so that leak scanners and this server
 * tell a mistyped or made-up secret from a real one without a database.
 */
import { hash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const randomLength = 43;
const checksumLength = 6;
const maxPrefixLength = 16;
const displayedLength = 5;

const shape = /^[a-zA-Z0-9_-]{0,15}[_-][0-9A-Za-z]{49}$/;
/** A secret's random part and checksum follow a `-` or `_` and hold none, so no two of these overlap. */
const tail = /(?<=[_-])[0-9A-Za-z]{49}/g;

/** Makes a secret that starts with `prefix`, from 256 bits of the system's randomness. */
export function newSecret(prefix: string): string {
  const body = prefix + base62(BigInt(`0x${randomBytes(32).toString("hex")}`), randomLength);
  return body + checksum(body);
}

/** What may be shown of a secret: its prefix and the first 5 characters after it. */
export function displayForm(secret: string, prefix: string): string {
  return secret.slice(0, prefix.length + displayedLength);
}

/** Whether the text has the shape of a secret of ours, right or wrong. */
export function hasSecretShape(text: string): boolean {
  return shape.test(text);
}

/** Whether the checksum of a text of the right shape is right: one that is not was never handed out. */
export function hasValidChecksum(secret: string): boolean {
  const at = secret.length - checksumLength;
  return crc32(secret.slice(0, at)) === fromBase62(secret.slice(at));
}

/** How much may still be looked at. */
export interface SearchEffort {
  /** Texts that look like the end of a secret, and are tried with every prefix that they may have. */
  candidates: number;
}

/** Whether a secret of ours stands anywhere in the text, or more that looks like one than the effort allows to look at. */
export function containsSecret(text: string, effort: SearchEffort = { candidates: Number.POSITIVE_INFINITY }): boolean {
  for (const candidate of text.matchAll(tail)) {
    effort.candidates -= 1;
    if (effort.candidates < 0 || startOf(text, candidate.index) !== undefined) {
      return true;
    }
  }
  return false;
}

/** The longest that a secret of ours may be. */
export const maxSecretLength = maxPrefixLength + randomLength + checksumLength;

/** A secret that stands in a text. */
export interface FoundSecret {
  readonly index: number;
  readonly value: string;
  readonly prefix: string;
}

/** Every secret of ours that stands in a text. */
export function* secretsIn(text: string): Generator<FoundSecret, void, undefined> {
  for (const { index, 0: end } of text.matchAll(tail)) {
    const start = startOf(text, index);
    if (start !== undefined) {
      const prefix = text.slice(start, index);
      yield { index: start, value: prefix + end, prefix };
    }
  }
}

/** Where the secret begins whose random part begins at an index, by its checksum; undefined: it is none. */
function startOf(text: string, index: number): number | undefined {
  const checksumAt = index + randomLength;
  const claimed = fromBase62(text.slice(checksumAt, checksumAt + checksumLength));
  for (let start = index - 1; start >= 0 && index - start <= maxPrefixLength; start--) {
    if (!/[a-zA-Z0-9_-]/.test(text.charAt(start))) {
      break;
    }
    if (crc32(text.slice(start, checksumAt)) === claimed) {
      return start;
    }
  }
  return undefined;
}

/** The SHA-256 digest of a secret, 32 bytes: what the database holds in its stead. */
export function digestOf(secret: string): Buffer {
  return hash("sha256", secret, "buffer");
}

/** A digest as a string of 32 one-byte characters: the smallest that a Map can look up. */
export type DigestText = string;

/** The same digest as text; a third of the cost of one in bytes. */
export function digestTextOf(secret: string): DigestText {
  return hash("sha256", secret, "binary");
}

export function digestText(digest: Buffer): DigestText {
  return digest.toString("latin1");
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), checksumLength);
}

/** A long text may hold thousands of candidates: comparing numbers takes a third of writing each checksum out. */
function fromBase62(digits: string): number {
  let value = 0;
  for (const digit of digits) {
    value = value * 62 + alphabet.indexOf(digit);
  }
  return value;
}

function base62(value: bigint, length: number): string {
  let rest = value;
  let text = "";
  for (let i = 0; i < length; i++) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
