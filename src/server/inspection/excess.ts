import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { Path } from "@bufbuild/protobuf/reflect";

/*
 * Counts what is in a message without making anything of it, which takes milliseconds for a mebibyte where decoding takes a
 * second. What is no message is counted as far as it can be read, and left for the library to refuse.
 */

/** @returns where a message has more than `most` values: in a field, or in an empty path; undefined: it has not */
type FindExcess = (input: DescMessage, bytes: Uint8Array, most: number) => Path | undefined;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** In JSON: what opens, and each comma. */
export const excessOfJson: FindExcess = (input, bytes, most) => {
  let values = 0;
  let depth = 0;
  let text: readonly [start: number, end: number] = [0, 0];
  let member = text;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote: {
        const end = endOfText(bytes, at + 1);
        text = [at + 1, end];
        at = end;
        continue;
      }
      case colon:
        member = depth === 1 ? text : member;
        continue;
      case closeBrace:
      case closeBracket:
        depth -= 1;
        continue;
      case openBrace:
      case openBracket:
        depth += 1;
        break;
      case comma:
        break;
      default:
        continue;
    }
    values += 1;
    if (values > most) {
      const name = Buffer.from(bytes.subarray(...member)).toString("latin1");
      return pathOf(input.fields.find((field) => field.jsonName === name || field.name === name));
    }
  }
  return undefined;
};

function endOfText(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === quote) {
      return at;
    }
    if (bytes[at] === backslash) {
      at += 1;
    }
  }
  return bytes.length;
}

/** In binary: each field that is set, in whatever message. */
export const excessOfBinary: FindExcess = (input, bytes, most) => {
  const counter = new BinaryCounter(bytes, most);
  counter.count(partsOf(input), bytes.length);
  return counter.isOver ? pathOf(counter.outermost) : undefined;
};

function pathOf(field: DescField | undefined): Path {
  return field === undefined ? [] : [field];
}

/** More than the library reads, so that it is the one to refuse what is nested deeper. */
const maxDepth = 200;

class BinaryCounter {
  /** The field of the outermost message that was read last. */
  outermost: DescField | undefined;
  readonly #bytes: Uint8Array;
  readonly #most: number;
  #at = 0;
  #values = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, most: number) {
    this.#bytes = bytes;
    this.#most = most;
  }

  get isOver(): boolean {
    return this.#values > this.#most;
  }

  /** Counts the fields of a message that reaches to `end`; at what cannot be read, all counting ends. */
  count(parts: Parts, end: number): void {
    this.#depth += 1;
    while (this.#at < end && !this.isOver) {
      const tag = this.#varint();
      const part = parts.get(Math.floor(tag / 8));
      if (this.#depth === 1) {
        this.outermost = part?.field;
      }
      this.#values += 1;
      switch (tag % 8) {
        case 0:
          this.#varint();
          break;
        case 1:
          this.#at += 8;
          break;
        case 2:
          this.#delimited(part, end);
          break;
        case 5:
          this.#at += 4;
          break;
        default:
          // Groups: none of our messages has one, and what is in one is counted as if it stood here.
          break;
      }
    }
    this.#depth -= 1;
  }

  #delimited(part: Part | undefined, end: number): void {
    const length = this.#varint();
    const innerEnd = this.#at + length;
    const inner = part?.inner();
    if (!(innerEnd <= end) || this.#depth > maxDepth) {
      this.#at = this.#bytes.length;
    } else if (inner === undefined) {
      this.#at = innerEnd;
    } else {
      this.count(inner, innerEnd);
    }
  }

  /** Of up to 32 bits exactly, and of more nearly: no length or field number has more. */
  #varint(): number {
    let value = 0;
    for (let factor = 1; this.#at < this.#bytes.length; factor *= 0x80) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        return value;
      }
    }
    return value;
  }
}

/** A field, and what is in it where that is a message. */
interface Part {
  readonly field: DescField;
  readonly inner: () => Parts | undefined;
}

/** By number. */
type Parts = ReadonlyMap<number, Part>;

const partsByMessage = new WeakMap<DescMessage, Parts>();

function partsOf(message: DescMessage): Parts {
  let parts = partsByMessage.get(message);
  if (parts === undefined) {
    parts = new Map(message.fields.map((field) => [field.number, partOf(field)]));
    partsByMessage.set(message, parts);
  }
  return parts;
}

function partOf(field: DescField): Part {
  const { message } = field;
  if (message === undefined) {
    return { field, inner: () => undefined };
  }
  if (field.fieldKind === "map") {
    const entry: Parts = new Map([[2, { field, inner: () => partsOf(message) }]]);
    return { field, inner: () => entry };
  }
  return { field, inner: () => partsOf(message) };
}
