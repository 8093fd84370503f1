import ipaddr from "ipaddr.js";
import type { HeadedRequest } from "./http.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Finds the client behind the proxies that we trust. */
export type ClientAddressResolver = (
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  forwarded?: string | undefined,
) => string;

/** One pair of Forwarded: a name, and a token or a quoted text. */
const forPair = /(?:^|;)\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i;

/** Longer ones are not looked into, in characters: an address with a port and what else a hop tells is shorter. */
const longestElement = 512;

/**
 * @param trustedProxies CIDR ranges, addresses, or `loopback`
 * @throws when one of them is none of these
 */
export function createClientAddressResolver(trustedProxies: readonly string[]): ClientAddressResolver {
  const trusted = trustedProxies.flatMap(parseProxy);
  const isTrusted = (address: Address): boolean =>
    trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));

  return (socketAddress, forwardedFor, forwarded) => {
    let source = parseAddress(socketAddress);
    if (source === undefined) {
      return "unknown";
    }
    // Each proxy appends the address that it saw, so the list is believed from the right, while proxies are trusted.
    // Where a proxy writes one of the two headers, the other may be the caller's own: X-Forwarded-For comes first.
    // Nobody else's headers are looked at.
    const hops = isTrusted(source) ? (forwardedFor?.split(",") ?? hopsOf(forwarded)) : [];
    while (isTrusted(source) && hops.length > 0) {
      const hop = parseAddress(withoutPort(hops.pop()?.trim()));
      if (hop === undefined) {
        break;
      }
      source = hop;
    }
    return source.toString();
  };
}

/** The client of a request. */
export function clientAddressOf(request: HeadedRequest, resolve: ClientAddressResolver): string {
  const forwardedFor = request.headers["x-forwarded-for"];
  return resolve(
    request.socket?.remoteAddress,
    Array.isArray(forwardedFor) ? forwardedFor.join(",") : forwardedFor,
    request.headers.forwarded,
  );
}

/**
 * Whom each hop of Forwarded (RFC 7239) has seen; what hides its name is no address, and ends the walk. No address has a comma:
 * what a caller wrote cannot reach past one into what a proxy wrote, whatever quotes it opens.
 */
function hopsOf(forwarded = ""): string[] {
  return forwarded.split(",").map((element) => {
    const [, quoted, token] = (element.length <= longestElement && forPair.exec(element.trim())) || [];
    return quoted?.replace(/\\(.)/g, "$1") ?? token ?? "";
  });
}

/** An address as proxies write it: with a port, and with brackets if it is IPv6. */
function withoutPort(hop: string | undefined): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\w+)?$/.exec(hop ?? "") ?? [];
  return bracketed ?? plain ?? hop;
}

/** An IPv4 range in IPv6 clothes is IPv4, as the addresses are that it is compared with. @returns undefined: no range */
export function parseRange(text: string): Range | undefined {
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

/** Whether this names proxies: a range, an address or `loopback`. */
export function isProxy(text: string): boolean {
  return text === "loopback" || parseRange(text) !== undefined || parseAddress(text) !== undefined;
}

/** Whether an address is one of this machine that no other reaches. */
export function isLoopback(text: string): boolean {
  return parseAddress(text)?.range() === "loopback";
}

function parseProxy(proxy: string): readonly Range[] {
  if (proxy === "loopback") {
    return [ipaddr.parseCIDR("127.0.0.0/8"), ipaddr.parseCIDR("::1/128")];
  }
  const range = parseRange(proxy);
  if (range !== undefined) {
    return [range];
  }
  const address = parseAddress(proxy);
  if (address === undefined) {
    throw new Error(`${JSON.stringify(proxy)} is not an address, a CIDR range or "loopback"`);
  }
  return [[address, address.kind() === "ipv4" ? 32 : 128]];
}

/**
 * An IPv4 address in IPv6 clothes, as dual-stack sockets show it, comes out as IPv4. The zone of an IPv6 address (`%eth0`) is
 * dropped: it says something on its own machine only, and may be any text of any length.
 */
function parseAddress(zoned: string | undefined): Address | undefined {
  const text = zoned?.split("%", 1)[0];
  if (text === undefined || !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text))) {
    return undefined;
  }
  return ipaddr.process(text);
}
