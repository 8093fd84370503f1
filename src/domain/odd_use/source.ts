import { type Network, networkOf } from "./network.js";

/** Where a verification comes from. */
export interface Source {
  readonly network: Network;
  /** What the client calls itself, as it said it; empty: not said. */
  readonly userAgent: string;
}

/** In characters. */
const maxAgentLength = 256;

/** @param address an IP address; empty, and what is none: not said */
export function sourceOf(address: string, userAgent: string): Source | undefined {
  const network = address === "" ? undefined : networkOf(address);
  return network === undefined ? undefined : { network, userAgent: shortened(userAgent) };
}

/** Not within a word: half a secret is none that is found. */
function shortened(userAgent: string): string {
  return userAgent.length <= maxAgentLength ? userAgent : userAgent.slice(0, maxAgentLength).replace(/[\w-]+$/, "");
}
