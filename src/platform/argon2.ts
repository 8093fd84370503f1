import * as crypto from "node:crypto";

/** What argon2id is run with. */
export interface Argon2Cost {
  /** In KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

type Argon2 = (message: Buffer, salt: Buffer, cost: Argon2Cost, length: number) => Promise<Buffer>;

let known: Promise<Argon2> | undefined;

/** argon2id (RFC 9106), beside the event loop: Node's own where it has it, from 24.7 on, else a binding. */
export async function argon2id(message: Buffer, salt: Buffer, cost: Argon2Cost, length: number): Promise<Buffer> {
  known ??= Promise.resolve(own ?? binding());
  return (await known)(message, salt, cost, length);
}

const own: Argon2 | undefined =
  typeof crypto.argon2 === "function"
    ? (message, nonce, { memory, passes, lanes }, tagLength) =>
        new Promise((resolve, reject) => {
          const parameters = { message, nonce, memory, passes, parallelism: lanes, tagLength };
          crypto.argon2("argon2id", parameters, (error, derived) => {
            if (error === null) {
              resolve(derived);
            } else {
              reject(error);
            }
          });
        })
    : undefined;

/** Loaded where it is needed alone. */
export async function binding(): Promise<Argon2> {
  const { hashRaw } = await import("@node-rs/argon2");
  /** `Algorithm.Argon2id`, which is there for the compiler alone. */
  const id = 2;
  return (message, salt, { memory, passes, lanes }, outputLen) =>
    hashRaw(message, { salt, memoryCost: memory, timeCost: passes, parallelism: lanes, outputLen, algorithm: id });
}
