import type { Argon2Cost } from "../../platform/argon2.js";

/** The fewest and the most characters of a password. */
export const minPasswordLength = 12;
export const maxPasswordLength = 200;

/** What OWASP asks for at least: 19 MiB, two passes. */
export const passwordCost: Argon2Cost = { memory: 19_456, passes: 2, lanes: 1 };

/** A password as argon2id has it. */
export interface PasswordHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly derived: Buffer;
}

/** In the form of the PHC: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
export function phcOf({ cost: { memory, passes, lanes }, salt, derived }: PasswordHash): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(derived)}`;
}

/** @throws Error on what is no such form */
export function parsePhc(phc: string): PasswordHash {
  const [, memory, passes, lanes, salt, derived] =
    /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,4}),p=(\d{1,3})\$([\w+/]+)\$([\w+/]+)$/.exec(phc) ?? [];
  if (salt === undefined || derived === undefined) {
    throw new Error("a stored password is not as argon2id has it");
  }
  const cost = { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  return { cost, salt: Buffer.from(salt, "base64"), derived: Buffer.from(derived, "base64") };
}

/** As people type it: the same password may come in two forms of Unicode. */
export function passwordBytes(password: string): Buffer {
  return Buffer.from(password.normalize("NFKC"));
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
