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
  if (userAgent.length <= maxAgentLength) {
    return userAgent;
  }
  // From its end: an expression would look for the end of the text from each of its words' characters, at each verification.
  let end = maxAgentLength;
  while (end > 0 && isOfWord(userAgent.charCodeAt(end - 1))) {
    end -= 1;
  }
  return userAgent.slice(0, end);
}

/** A letter or a digit of ASCII, `_` or `-`: what keys are made of. */
function isOfWord(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}
