import type { Outcome } from "./connect-json.js";
import type { Holder } from "./holder.js";
import type { LedgerKey } from "./ledger.js";
import { known } from "./outcome.js";

/** A key that a caller asks for. */
export interface Ask {
  readonly name: string;
  /** Empty: none. */
  readonly tier: string;
  /** Undefined: never. */
  readonly expiration: string | undefined;
  readonly withSigningSecret: boolean;
  /** Empty: the request has no name. */
  readonly requestId: string;
}

/** What the caller knows of what came of it. */
export type Told =
  | { readonly kind: "made"; readonly key: LedgerKey }
  | { readonly kind: "refused"; readonly reason: string }
  /** No answer came: the key was made, or it was not. */
  | { readonly kind: "nothing" };

export interface Creation {
  readonly ask: Ask;
  readonly told: Told;
  /** Of one without an answer, once that is known: whether it took effect. */
  tookEffect?: boolean;
}

/** Creations of one holder that were asked for at once, while nothing else was done to its keys. */
export interface Volley {
  readonly holder: Holder;
  /** Of the keys that were live before. */
  readonly namesBefore: readonly string[];
  readonly creations: readonly Creation[];
}

export function requestOf({ project, ownerId }: Holder, ask: Ask): object {
  const { expiration, ...others } = ask;
  const life = expiration === undefined ? { neverExpires: true } : { expiration };
  return { projectId: project.id, ownerId, ...others, ...life };
}

/** @param note told what is wrong with the answer itself: it is not that of this request */
export function toldBy(outcome: Outcome, holder: Holder, ask: Ask, note: (sentence: string) => void): Told {
  const came = known(outcome);
  if (came === undefined) {
    return { kind: "nothing" };
  }
  if (came.kind === "refused") {
    return { kind: "refused", reason: came.reason || `${came.code}: ${came.message}` };
  }
  const { answer } = came;
  const apiKey = answer["apiKey"] as Readonly<Record<string, unknown>>;
  const given = {
    name: apiKey["name"],
    ownerId: apiKey["ownerId"] ?? "",
    tier: apiKey["tier"] ?? "",
    neverExpires: apiKey["expiration"] === undefined,
    hasValue: (answer["keyValue"] ?? "") !== "",
    hasSigningSecret: (answer["signingSecret"] ?? "") !== "",
  };
  const wanted = {
    name: ask.name,
    ownerId: holder.ownerId,
    tier: ask.tier,
    neverExpires: ask.expiration === undefined,
    hasValue: true,
    hasSigningSecret: ask.withSigningSecret,
  };
  if (JSON.stringify(given) !== JSON.stringify(wanted)) {
    note(`a caller asked for ${JSON.stringify(wanted)} and was given ${JSON.stringify(given)}`);
  }
  const { name, tier } = ask;
  const { project, ownerId } = holder;
  const value = String(answer["keyValue"]);
  return {
    kind: "made",
    key: { projectId: project.id, id: String(apiKey["id"]), name, ownerId, tier, value, state: "live" },
  };
}
