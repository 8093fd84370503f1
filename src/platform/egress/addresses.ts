import { type AddressRange, isInRanges, parseAddress, parseRanges } from "../address-ranges.js";

/** Where Azure's machines are served by their host, secrets included, at an address that looks like anybody's. */
const azureHost = parseRanges("168.63.129.16") ?? [];
/** All of IPv6 that is given out: what lies beside it leads elsewhere by old names, such as ::7f00:1, or nowhere. */
const internet6 = parseRanges("2000::/3") ?? [];

/**
 * Whether an address is one of the internet's: neither private nor of this machine, this link or a cloud's metadata, nor one that
 * leads to such an address by another name.
 */
export function isPublic(address: string): boolean {
  const parsed = parseAddress(address);
  if (parsed?.range() !== "unicast") {
    return false;
  }
  return parsed.kind() === "ipv4" ? !isInRanges(parsed, azureHost) : isInRanges(parsed, internet6);
}

/** Whether an address was allowed by name. */
export function isAllowed(address: string, allowed: readonly AddressRange[]): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && isInRanges(parsed, allowed);
}
