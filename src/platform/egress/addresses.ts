import { type AddressRange, isInRanges, parseAddress } from "../address-ranges.js";

/**
 * Whether an address is one of the internet's: neither private nor of this machine, this link or a cloud's metadata, nor one that
 * leads to such an address by another name.
 */
export function isPublic(address: string): boolean {
  return parseAddress(address)?.range() === "unicast";
}

/** Whether an address was allowed by name. */
export function isAllowed(address: string, allowed: readonly AddressRange[]): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && isInRanges(parsed, allowed);
}
