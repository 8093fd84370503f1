import ipaddr from "ipaddr.js";

/** Addresses that may be called although they are not public. */
export type AllowedRanges = readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];

const named: Readonly<Record<string, readonly string[]>> = { loopback: ["127.0.0.0/8", "::1/128"] };

/** Reads a range such as `10.0.0.0/8`, an address, or `loopback`. @returns undefined: it is none of these */
export function parseAllowed(text: string): AllowedRanges | undefined {
  const texts = named[text] ?? [text];
  const ranges = texts.map((one) => {
    // Not the short forms of IPv4, which read differently from what they mean.
    if (ipaddr.IPv4.isValidCIDRFourPartDecimal(one) || ipaddr.IPv6.isValidCIDR(one)) {
      return ipaddr.parseCIDR(one);
    }
    return isAddress(one) ? ([ipaddr.parse(one), one.includes(":") ? 128 : 32] as const) : undefined;
  });
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/** `ipaddr.isValid` takes `127.1` and `0x7f000001` as well. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/**
 * Whether an address is one of the internet's: neither private nor of this machine, this link or a cloud's metadata, nor one that
 * leads to such an address by another name.
 */
export function isPublic(address: string): boolean {
  return isAddress(address) && ipaddr.process(address).range() === "unicast";
}

/** Whether an address was allowed by name. */
export function isAllowed(address: string, allowed: AllowedRanges): boolean {
  if (!isAddress(address)) {
    return false;
  }
  const parsed = ipaddr.process(address);
  return allowed.some(([network, bits]) => {
    return parsed.kind() === network.kind() && parsed.match(network as never, bits);
  });
}
