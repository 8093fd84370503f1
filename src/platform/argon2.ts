import type { Argon2Cost, Question } from "./argon2-thread.js";
import { besideOf, SideThread } from "./side-thread.js";

export type { Argon2Cost };

type Hasher = SideThread<Question, Uint8Array>;

const file = besideOf(import.meta.url, "argon2-thread");
/** Those with nothing to do. */
const hashers: Hasher[] = [];

/** argon2id (RFC 9106), on as many threads as there are calls at once. */
export async function argon2id(message: Buffer, salt: Buffer, cost: Argon2Cost, length: number): Promise<Buffer> {
  const hasher = hashers.pop() ?? new SideThread(file);
  try {
    return Buffer.from(await hasher.ask({ message, salt, cost, length }));
  } finally {
    hashers.push(hasher);
  }
}
