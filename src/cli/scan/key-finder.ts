import { displayForm, maxSecretLength, secretsIn } from "../../domain/api_key/secret-format.js";

/** A key that stands in some bytes. */
export interface Found {
  readonly value: string;
  /** What may be printed of it. */
  readonly shown: string;
  /** From 1. */
  readonly line: number;
}

/** What of the bytes before must still be there when those come that follow: all of a key but its last character. */
const kept = maxSecretLength - 1;

/** Finds keys in bytes that come piece by piece, and keeps no more of them than a key is long. */
export class KeyFinder {
  readonly #onFound: (found: Found) => void;
  #before = "";
  /** How many lines had ended before what is kept. */
  #lines = 0;

  constructor(onFound: (found: Found) => void) {
    this.#onFound = onFound;
  }

  push(bytes: Buffer): void {
    // Each byte is a character: a key has none but those of ASCII, whatever stands around it.
    const text = this.#before + bytes.toString("latin1");
    for (const { index, value, prefix } of secretsIn(text)) {
      // What ends before the new bytes was found with the ones before.
      if (index + value.length > this.#before.length) {
        const line = this.#lines + linesIn(text.slice(0, index)) + 1;
        this.#onFound({ value, shown: `${displayForm(value, prefix)}…`, line });
      }
    }
    const cut = Math.max(0, text.length - kept);
    this.#lines += linesIn(text, cut);
    this.#before = text.slice(cut);
  }
}

/** @param end where to stop counting */
function linesIn(text: string, end = text.length): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < end; at = text.indexOf("\n", at + 1)) {
    lines += 1;
  }
  return lines;
}
