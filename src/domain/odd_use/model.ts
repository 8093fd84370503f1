import type { RevocationReason } from "../api_key/model.js";
import type { UsageCode } from "../usage/model.js";

/** What is odd about a key's use. */
export type SignalKind = "revoked_key_used" | "scope_refusals" | "new_network" | "volume" | "many_networks";

/** What is told of a key's use once an hour: beside what is odd, that it was refused for its limit. */
export type ToldKind = SignalKind | "limit_reached";

/** The numbers that the database stores. */
export const toldKindNumbers: Readonly<Record<ToldKind, number>> = {
  revoked_key_used: 1,
  scope_refusals: 2,
  new_network: 3,
  volume: 4,
  many_networks: 5,
  limit_reached: 6,
};

/**
 * The answers that only a value which is good now has, or a request that was signed with a secret which is: they alone say how much a key
 * is used, and where from. Whoever holds a value that was rotated away, or knows a key's id, must not have the key switched off.
 */
export const liveCodes: readonly UsageCode[] = ["valid", "insufficient_scope", "rate_limited"];

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How much there must be in an hour before it can be too much. Powers of two: a key is looked at when its sum reaches one. */
const minVolume = 512;
const minScopeRefusals = 16;

/** From how many verifications of an outcome in an hour on a key is looked at. Outcomes that anybody can bring about are left out. */
export const lookedAtFrom: Partial<Readonly<Record<UsageCode, number>>> = {
  revoked: 1,
  rate_limited: 1,
  insufficient_scope: minScopeRefusals,
  valid: minVolume,
};

/** So many times what is usual is far above it. */
const farAbove = 4;
/** How long clients may take to change over to another key, after which its use is odd. */
const changeOverMs = hourMs;
/** For how long a key's networks are watched before one can be new. */
const learningMs = dayMs;
/** A key that is used from more networks than this, or had more new ones than that in a week, is used from anywhere. */
const mostSettled = 10;
const mostNewInWeek = 2;
/** What is at once. */
const atOnceMs = 10 * minuteMs;
const minAtOnce = 6;
/** How many networks a signal names. */
const mostNamed = 5;

/** A network that a key was used from in the last 31 days. */
export interface UsedNetwork {
  readonly network: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** What is known of a key's use when it is looked at. */
export interface UseFigures {
  readonly apiKeyId: bigint;
  readonly apiKeyPublicId: string;
  /** When the UTC hour starts that is looked at. */
  readonly hour: Date;
  readonly now: Date;
  readonly revokedAt: Date | undefined;
  readonly revocationReason: RevocationReason | undefined;
  /** Verifications in that hour of values that were good, and of them those that were refused because the key lacked a scope, or had reached a limit. */
  readonly verifications: number;
  readonly scopeRefusals: number;
  readonly limited: number;
  /** Verifications in that hour that were refused because the key was revoked. */
  readonly revoked: number;
  /** The most verifications in an hour, at the same time of the last four weeks or an hour beside; undefined: the key is not used for so long. */
  readonly usualVerifications: number | undefined;
  /** The most refusals for scopes in an hour of the last seven days. */
  readonly usualScopeRefusals: number;
  readonly networks: readonly UsedNetwork[];
  /** The most networks on a day before this one. */
  readonly usualNetworks: number;
  /** Whether it was used from more networks on a day before this one than are kept. */
  readonly usedFromAnywhere: boolean;
}

/** What is odd, and by which figures. */
export interface Signal {
  readonly kind: SignalKind;
  readonly figures: Readonly<Record<string, number | string | readonly string[]>>;
}

/** Everything that is odd in an hour's use of a key. docs/odd-use.md says how often that is wrong. */
export function signalsOf(use: UseFigures): readonly Signal[] {
  return [revokedKeyUsed, scopeRefusals, newNetwork, volume, manyNetworks].flatMap((rule) => rule(use) ?? []);
}

function revokedKeyUsed({ revoked, revokedAt, revocationReason, now }: UseFigures): Signal | undefined {
  if (revoked === 0 || revokedAt === undefined) {
    return undefined;
  }
  const grace = revocationReason === "superseded" ? changeOverMs : 0;
  return now.getTime() < revokedAt.getTime() + grace
    ? undefined
    : {
        kind: "revoked_key_used",
        figures: { verifications: revoked, revoked_at: revokedAt.toISOString(), reason: revocationReason ?? "" },
      };
}

function scopeRefusals(use: UseFigures): Signal | undefined {
  const { scopeRefusals: refusals, usualScopeRefusals: usual, verifications } = use;
  return refusals >= minScopeRefusals && refusals > farAbove * usual
    ? { kind: "scope_refusals", figures: { refusals, usual, verifications } }
    : undefined;
}

function newNetwork({ hour, networks, usedFromAnywhere }: UseFigures): Signal | undefined {
  const start = hour.getTime();
  const known = networks.filter(({ firstAt }) => firstAt.getTime() < start);
  const found = networks.filter(({ firstAt }) => firstAt.getTime() >= start && firstAt.getTime() < start + hourMs);
  const since = Math.min(...known.map(({ firstAt }) => firstAt.getTime()));
  const added = known.filter(({ firstAt }) => firstAt.getTime() > Math.max(since + learningMs, start - 7 * dayMs));
  const isSettled =
    !usedFromAnywhere && known.length <= mostSettled && added.length <= mostNewInWeek && start >= since + learningMs;
  return found.length > 0 && known.length > 0 && isSettled
    ? {
        kind: "new_network",
        figures: {
          networks: found.slice(0, mostNamed).map(({ network }) => network),
          new_networks: found.length,
          known_networks: known.length,
        },
      }
    : undefined;
}

function volume({ verifications, usualVerifications: usual }: UseFigures): Signal | undefined {
  return usual !== undefined && verifications >= minVolume && verifications > farAbove * usual
    ? { kind: "volume", figures: { verifications, usual } }
    : undefined;
}

function manyNetworks({ now, networks, usualNetworks: usual }: UseFigures): Signal | undefined {
  const atOnce = networks.filter(({ lastAt }) => lastAt.getTime() > now.getTime() - atOnceMs).length;
  return usual > 0 && atOnce >= minAtOnce && atOnce > 2 * usual
    ? { kind: "many_networks", figures: { networks: atOnce, usual } }
    : undefined;
}

/** What a key was used from. */
export type SourceKind = "network" | "agent";

/** The numbers that the database stores. */
export const sourceKindNumbers: Readonly<Record<SourceKind, number>> = { network: 1, agent: 2 };

/** How many networks, and how many agents, of a key are kept a day. What comes after them is counted together. */
export const keptADay = 20;

/** For how long they are kept, in days. */
export const keptDays = 31;

/** Where keys were used from: a row a key and network, or key and agent; a pair may come more than once. */
export interface SourceBatch {
  readonly projectIds: readonly bigint[];
  readonly apiKeyIds: readonly bigint[];
  readonly kinds: readonly number[];
  /** Empty: those for which there was no room. */
  readonly values: readonly string[];
  readonly verifications: readonly number[];
}

/** Where a key was used from in a period. */
export interface UsedSource {
  readonly kind: SourceKind;
  /** Empty: all those of which only their number is known. */
  readonly value: string;
  readonly verifications: bigint;
  readonly firstAt: Date;
  readonly lastAt: Date;
}
