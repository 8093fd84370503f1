import ipaddr from "ipaddr.js";
import type { HttpRequest } from "./http.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Finds the client behind the proxies that we trust. */
export type ClientAddressResolver = (socketAddress: string | undefined, forwardedFor: string | undefined) => string;

/**
 * @param trustedProxies CIDR ranges, addresses, or `loopback`
 * @throws when one of them is none of these
 */
export function createClientAddressResolver(trustedProxies: readonly string[]): ClientAddressResolver {
  const trusted = trustedProxies.flatMap(parseProxy);
  const isTrusted = (address: Address): boolean =>
    trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));

  return (socketAddress, forwardedFor) => {
    let source = parseAddress(socketAddress);
    if (source === undefined) {
      return "unknown";
    }
    // Each proxy appends the address that it saw, so the list is believed from the right, while proxies are trusted.
    const hops = forwardedFor?.split(",") ?? [];
    while (isTrusted(source) && hops.length > 0) {
      const hop = parseAddress(hops.pop()?.trim());
      if (hop === undefined) {
        break;
      }
      source = hop;
    }
    return source.toString();
  };
}

/** The client of a request. */
export function clientAddressOf(request: HttpRequest, resolve: ClientAddressResolver): string {
  const forwardedFor = request.headers["x-forwarded-for"];
  return resolve(request.socket?.remoteAddress, Array.isArray(forwardedFor) ? forwardedFor.join(",") : forwardedFor);
}

function parseProxy(proxy: string): readonly Range[] {
  if (proxy === "loopback") {
    return [ipaddr.parseCIDR("127.0.0.0/8"), ipaddr.parseCIDR("::1/128")];
  }
  if (ipaddr.isValidCIDR(proxy)) {
    return [ipaddr.parseCIDR(proxy)];
  }
  const address = parseAddress(proxy);
  if (address === undefined) {
    throw new Error(`${JSON.stringify(proxy)} is not an address, a CIDR range or "loopback"`);
  }
  return [[address, address.kind() === "ipv4" ? 32 : 128]];
}

/** An IPv4 address in IPv6 clothes, as dual-stack sockets show it, comes out as IPv4. */
function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined || !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text))) {
    return undefined;
  }
  return ipaddr.process(text);
}
