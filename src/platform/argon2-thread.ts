/** Of a `SideThread`: argon2id (RFC 9106), by Node where it has it, from 24.7 on, else by a binding. */
import * as crypto from "node:crypto";

/** What argon2id is run with. */
export interface Argon2Cost {
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

export interface Question {
  readonly message: Uint8Array;
  readonly salt: Uint8Array;
  readonly cost: Argon2Cost;
  /** Of what is derived, in bytes. */
  readonly length: number;
}

type Argon2 = (question: Question) => Uint8Array;

let known: Argon2 | undefined;

/** @returns what is derived */
export async function answer(question: Question): Promise<Uint8Array> {
  known ??= own ?? (await binding());
  return known(question);
}

const own: Argon2 | undefined =
  typeof crypto.argon2Sync === "function"
    ? ({ message, salt, cost: { memory, passes, lanes }, length }) =>
        crypto.argon2Sync("argon2id", { message, nonce: salt, memory, passes, parallelism: lanes, tagLength: length })
    : undefined;

/** Loaded where it is needed alone. */
export async function binding(): Promise<Argon2> {
  const { hashRawSync } = await import("@node-rs/argon2");
  /** `Algorithm.Argon2id`, which is there for the compiler alone. */
  const id = 2;
  return ({ message, salt, cost: { memory, passes, lanes }, length }) =>
    hashRawSync(message, {
      salt,
      memoryCost: memory,
      timeCost: passes,
      parallelism: lanes,
      outputLen: length,
      algorithm: id,
    });
}
