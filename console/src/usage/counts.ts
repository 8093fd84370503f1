import type { UsageBucket } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";

/** How many verifications, by the names of their codes in the contract. */
export type Counts = UsageBucket["counts"];

const prefix = "VERIFICATION_CODE_";
const accepted = `${prefix}VALID`;

export function acceptedIn(counts: Counts): bigint {
  return counts[accepted] ?? 0n;
}

/** Whatever the reason. */
export function refusedIn(counts: Counts): bigint {
  return Object.entries(counts).reduce((sum, [code, count]) => (code === accepted ? sum : sum + count), 0n);
}

/** What there was in all of these together. */
export function totalOf(all: readonly { readonly counts: Counts }[], count: (counts: Counts) => bigint): bigint {
  return all.reduce((sum, { counts }) => sum + count(counts), 0n);
}

/** All of these together, by the codes of the contract without what they begin with. */
export function byVerdict(all: readonly Counts[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [name, count] of all.flatMap((counts) => Object.entries(counts))) {
    const code = name.replace(prefix, "");
    sums.set(code, (sums.get(code) ?? 0n) + count);
  }
  return sums;
}

export function startMsOf({ startTime }: UsageBucket): number {
  return startTime === undefined ? 0 : timestampMs(startTime);
}
