import { parseAddress } from "../../platform/address-ranges.js";

/**
 * The network of an address, as a number: of IPv4 the first 24 bits, of IPv6 the first 48, above all of IPv4. A number is compared
 * and kept for less than a text.
 */
export type Network = number;

const firstOfIpv6 = 2 ** 24;
const zero = 48;
const dot = 46;

/** @returns undefined: it is no address */
export function networkOf(address: string): Network | undefined {
  return networkOfDecimal(address) ?? networkOfAny(address);
}

/** As it is shown, such as `203.0.113.0/24` or `2001:db8:7::/48`. */
export function networkText(network: Network): string {
  if (network < firstOfIpv6) {
    return `${network >>> 16}.${(network >>> 8) & 0xff}.${network & 0xff}.0/24`;
  }
  const bits = network - firstOfIpv6;
  const groups = [Math.floor(bits / 2 ** 32), Math.floor(bits / 2 ** 16) % 2 ** 16, bits % 2 ** 16];
  while (groups.at(-1) === 0) {
    groups.pop();
  }
  return `${groups.map((group) => group.toString(16)).join(":")}::/48`;
}

/** Of IPv4 in decimals, without a look at anything twice: it is asked at each verification. */
function networkOfDecimal(address: string): Network | undefined {
  let network = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === dot) {
      if (digits === 0 || dots === 3) {
        return undefined;
      }
      network = network * 256 + octet;
      octet = 0;
      digits = 0;
      dots += 1;
      continue;
    }
    const digit = code - zero;
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) {
      return undefined;
    }
    octet = octet * 10 + digit;
    digits += 1;
    if (octet > 255) {
      return undefined;
    }
  }
  return dots === 3 && digits > 0 ? network : undefined;
}

function networkOfAny(address: string): Network | undefined {
  const bytes = parseAddress(address)?.toByteArray();
  if (bytes === undefined) {
    return undefined;
  }
  const bits = bytes.slice(0, bytes.length === 4 ? 3 : 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return bytes.length === 4 ? bits : firstOfIpv6 + bits;
}
