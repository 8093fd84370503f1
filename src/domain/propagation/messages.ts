import { createHmac, timingSafeEqual } from "node:crypto";
import type { Subject } from "./model.js";

/** A change, as every instance hears of it. */
export interface Notice {
  /** The instance that made it and waits for acknowledgements; empty: nobody waits. */
  readonly changer: string;
  /** Unique to the changer. */
  readonly change: string;
  /** Undefined: what this version cannot read, so it may be anything. */
  readonly subject: Subject | undefined;
  /** When it was announced, in milliseconds since the epoch. */
  readonly announcedAt: number;
}

/** What one instance tells another, or itself. */
export type Message =
  /** Sent to itself past the listening connection, to see whether that hears what others send. */
  | { readonly kind: "proof"; readonly nonce: string }
  | { readonly kind: "lease"; readonly nonce: string }
  | { readonly kind: "acknowledged"; readonly by: string; readonly changes: readonly string[] };

/** The channel that every instance listens on for changes. */
export const noticeChannel = "altalune_changes";

/** Characters of an HMAC-SHA-256 in base64. */
const codeLength = 44;

/** What an instance or a change may be called: names end up in channels and payloads, whose length is limited. */
const namePattern = /^[A-Za-z0-9_-]{1,40}$/;

/** The channel of one instance. */
export function channelOf(instanceId: string): string {
  return `altalune_instance_${instanceId}`;
}

/** Migration 0009's triggers write this shape, too: what was released cannot change. */
export function encodeNotice({ changer, change, subject, announcedAt }: Notice & { subject: Subject }): string {
  const of = subject.kind === "tier" ? subject.name : String(subject.id);
  return JSON.stringify([changer, change, subject.kind, of, announcedAt]);
}

/** Anybody who may use the database may send anything: what cannot be read is a change of who knows what. */
export function decodeNotice(payload: string): Notice {
  const parsed = parse(payload);
  const [changer, change, kind, of, announcedAt] = Array.isArray(parsed) ? (parsed as unknown[]) : [];
  const isAwaited = isName(changer) && isName(change);
  return {
    changer: isAwaited ? changer : "",
    change: isAwaited ? change : "",
    subject: subjectOf(kind, of),
    announcedAt: typeof announcedAt === "number" ? announcedAt : Date.now(),
  };
}

/**
 * Writes and reads what instances tell each other, authenticated: whoever may connect to the database may send
 * notifications too, and an acknowledgement that is made up would end the wait for a change too early.
 *
 * On the channel: `base64(HMAC-SHA-256 of the rest) ‖ JSON`.
 */
export class InstanceMessages {
  readonly #key: Buffer;

  /** @param key 32 bytes that only instances of one database have */
  constructor(key: Buffer) {
    this.#key = key;
  }

  encode(message: Message): string {
    const text = JSON.stringify(message);
    return this.#codeOf(text) + text;
  }

  /** @returns undefined for what is no message of an instance */
  decode(payload: string): Message | undefined {
    const code = Buffer.from(payload.slice(0, codeLength));
    const text = payload.slice(codeLength);
    const expected = Buffer.from(this.#codeOf(text));
    return code.length === expected.length && timingSafeEqual(code, expected) ? messageOf(parse(text)) : undefined;
  }

  #codeOf(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64");
  }
}

function messageOf(parsed: unknown): Message | undefined {
  if (typeof parsed !== "object" || parsed === null) {
    return undefined;
  }
  const { kind, nonce, by, changes } = parsed as Readonly<Record<string, unknown>>;
  if ((kind === "proof" || kind === "lease") && typeof nonce === "string") {
    return { kind, nonce };
  }
  return kind === "acknowledged" && isName(by) && Array.isArray(changes) ? { kind, by, changes } : undefined;
}

function subjectOf(kind: unknown, of: unknown): Subject | undefined {
  if (typeof of !== "string") {
    return undefined;
  }
  if (kind === "tier") {
    return { kind, name: of };
  }
  return (kind === "api_key" || kind === "project" || kind === "user") && /^[0-9]{1,19}$/.test(of)
    ? { kind, id: BigInt(of) }
    : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && namePattern.test(value);
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}
