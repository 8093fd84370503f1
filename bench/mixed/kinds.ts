import type { Call, Caller } from "./caller.js";

export interface Kind {
  readonly name: string;
  /** Of all calls. */
  readonly share: number;
  readonly call: (caller: Caller, kind: string) => Call;
}

/** A day in small, in the order in which they are shown. */
export const kinds: readonly Kind[] = [
  { name: "verify", share: 0.6, call: (caller, kind) => caller.verify(kind) },
  { name: "verify, limited", share: 0.3, call: (caller, kind) => caller.verifyLimited(kind) },
  { name: "verify, cold", share: 0.03, call: (caller, kind) => caller.verifyCold(kind) },
  { name: "refused, unknown", share: 0.02, call: (caller, kind) => caller.verifyUnknown(kind) },
  { name: "refused, revoked or rotated", share: 0.015, call: (caller, kind) => caller.verifyEnded(kind) },
  { name: "refused, wrong scope", share: 0.015, call: (caller, kind) => caller.verifyWithoutScope(kind) },
  { name: "create", share: 0.003, call: (caller, kind) => caller.create(kind) },
  { name: "update", share: 0.002, call: (caller, kind) => caller.update(kind) },
  { name: "rotate", share: 0.002, call: (caller, kind) => caller.rotate(kind) },
  { name: "revoke", share: 0.003, call: (caller, kind) => caller.revoke(kind) },
  { name: "get a key", share: 0.004, call: (caller, kind) => caller.get(kind) },
  { name: "list keys", share: 0.003, call: (caller, kind) => caller.list(kind, "ApiKeyService/QueryApiKeys") },
  { name: "list the trail", share: 0.0015, call: (caller, kind) => caller.list(kind, "AuditService/QueryAuditEvents") },
  { name: "get usage", share: 0.0015, call: (caller, kind) => caller.usage(kind) },
];

/** Any, as often as its share says. */
export function anyKind(): Kind {
  let left = Math.random();
  for (const kind of kinds) {
    left -= kind.share;
    if (left < 0) {
      return kind;
    }
  }
  return kinds[0] as Kind;
}

export function shareOf(name: string): number {
  return kinds.find((kind) => kind.name === name)?.share ?? 0;
}
