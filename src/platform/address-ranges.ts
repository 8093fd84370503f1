import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type AddressRange = readonly [Address, number];

/**
 * An IPv4 address in IPv6 clothes, as dual-stack sockets show it, comes out as IPv4. The zone of an IPv6 address (`%eth0`) is
 * dropped: it says something on its own machine only, and may be any text of any length.
 */
export function parseAddress(zoned: string | undefined): Address | undefined {
  const text = zoned?.split("%", 1)[0];
  if (text === undefined || !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text))) {
    return undefined;
  }
  return ipaddr.process(text);
}

/** An IPv4 range in IPv6 clothes is IPv4, as the addresses are that it is compared with. @returns undefined: no range */
export function parseRange(text: string): AddressRange | undefined {
  const { IPv4, IPv6 } = ipaddr;
  // Not the short forms of IPv4, which read differently from what they mean: 10.1/16 would be 10.0.0.1/16.
  if (!IPv4.isValidCIDRFourPartDecimal(text) && !IPv6.isValidCIDR(text)) {
    return undefined;
  }
  const [address, bits] = ipaddr.parseCIDR(text);
  if (!(address instanceof IPv6) || !address.isIPv4MappedAddress()) {
    return [address, bits];
  }
  return bits < 96 ? undefined : [address.toIPv4Address(), bits - 96];
}

/** Reads a range such as `10.0.0.0/8`, an address, or `loopback`. @returns undefined: it is none of these */
export function parseRanges(text: string): readonly AddressRange[] | undefined {
  if (text === "loopback") {
    return [ipaddr.parseCIDR("127.0.0.0/8"), ipaddr.parseCIDR("::1/128")];
  }
  const range = parseRange(text);
  if (range !== undefined) {
    return [range];
  }
  const address = parseAddress(text);
  return address && [[address, address.kind() === "ipv4" ? 32 : 128]];
}

export function isInRanges(address: Address, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
}

/** Whether an address is one of this machine that no other reaches. */
export function isLoopback(text: string): boolean {
  return parseAddress(text)?.range() === "loopback";
}
