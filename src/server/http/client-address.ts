import { LRUCache } from "lru-cache";
import { type Address, isInRanges, parseAddress, parseRanges } from "../../platform/address-ranges.js";
import type { HeadedRequest } from "./http.js";

/** Finds the client behind the proxies that we trust. */
export interface ClientAddressResolver {
  (socketAddress: string | undefined, forwardedFor: string | undefined, forwarded?: string | undefined): string;
  /** Whether any proxy is trusted: if not, clients are who is connected, whatever is said. */
  readonly trustsProxies: boolean;
}

/** For whom it is remembered: gateways ask for the same clients again and again, and at each verification. */
const maxFound = 1_000;

/** One pair of Forwarded: a name, and a token or a quoted text. */
const forPair = /(?:^|;)\s*for\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i;

/** Longer ones are not looked into, in characters: an address with a port and what else a hop tells is shorter. */
const longestElement = 512;

/**
 * @param trustedProxies CIDR ranges, addresses, or `loopback`
 * @throws when one of them is none of these
 */
export function createClientAddressResolver(trustedProxies: readonly string[]): ClientAddressResolver {
  const trusted = trustedProxies.flatMap(rangesOf);
  const isTrusted = (address: Address): boolean => isInRanges(address, trusted);

  const resolve = (socketAddress?: string, forwardedFor?: string, forwarded?: string): string => {
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
  const found = new LRUCache<string, string>({ max: maxFound });
  const remember = (socketAddress?: string, forwardedFor?: string, forwarded?: string): string => {
    // No header has an end of a line: none is taken for two, or for one that is not there.
    const asked = `${socketAddress}\n${forwardedFor ?? "\r"}\n${forwarded ?? "\r"}`;
    if (asked.length > longestElement) {
      return resolve(socketAddress, forwardedFor, forwarded);
    }
    const known = found.get(asked);
    if (known !== undefined) {
      return known;
    }
    const address = resolve(socketAddress, forwardedFor, forwarded);
    found.set(asked, address);
    return address;
  };
  return Object.assign(remember, { trustsProxies: trusted.length > 0 });
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

function rangesOf(proxy: string) {
  const ranges = parseRanges(proxy);
  if (ranges === undefined) {
    throw new Error(`${JSON.stringify(proxy)} is not an address, a CIDR range or "loopback"`);
  }
  return ranges;
}
