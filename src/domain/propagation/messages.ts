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

export function encodeMessage(message: Message): string {
  return JSON.stringify(message);
}

/** @returns undefined for what is no message of ours */
export function decodeMessage(payload: string): Message | undefined {
  const parsed = parse(payload);
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
  return (kind === "api_key" || kind === "project") && /^[0-9]{1,19}$/.test(of) ? { kind, id: BigInt(of) } : undefined;
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
