import { LRUCache } from "lru-cache";
import { type Address, isInRanges, parseAddress, parseRanges } from "../../platform/address-ranges.js";
import type { HeadedRequest } from "./http.js";

/** Finds the client behind the proxies that we trust, by what they say in X-Forwarded-For or Forwarded. */
export interface ClientAddressResolver {
  /** `unknown`: the connection has none. */
  addressOf(...told: ToldAddresses): string;
  /** The same where a trusted proxy has said it; undefined: all that is known is who is connected. */
  forwardedOf(...told: ToldAddresses): string | undefined;
  /** Whether what this connection says of others is believed: for who would have to look for it first. */
  trusts(socketAddress: string | undefined): boolean;
}

export type ToldAddresses = readonly [
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  forwarded?: string | undefined,
];

/** For whom it is remembered: the same clients come again and again, and gateways ask for them at each verification. */
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

  const connections = new LRUCache<string, Connection>({
    max: maxFound,
    memoMethod: (socketAddress) => {
      const address = parseAddress(socketAddress);
      return { address: address?.toString() ?? "unknown", isTrusted: address !== undefined && isTrusted(address) };
    },
  });
  // Each proxy appends the address that it saw, so the list is believed from the right, while proxies are trusted.
  const clientIn = (hops: string): string | undefined => {
    let client: Address | undefined;
    for (const hop of hops.split(",").toReversed()) {
      const address = parseAddress(withoutPort(hop.trim()));
      if (address === undefined) {
        break;
      }
      client = address;
      if (!isTrusted(address)) {
        break;
      }
    }
    return client?.toString();
  };
  const clients = new LRUCache<string, { readonly address: string | undefined }>({
    max: maxFound,
    memoMethod: (hops) => ({ address: clientIn(hops) }),
  });

  const connectionOf = (socketAddress = "") => connections.memo(socketAddress);
  const trusts = (socketAddress?: string) => connectionOf(socketAddress).isTrusted;
  const forwardedOf: ClientAddressResolver["forwardedOf"] = (socketAddress, forwardedFor, forwarded) => {
    // Nobody else's headers are looked at.
    if (!trusts(socketAddress)) {
      return undefined;
    }
    // Where a proxy writes one of the two headers, the other may be the caller's own: X-Forwarded-For comes first.
    const hops = forwardedFor ?? hopsOf(forwarded);
    const client = hops.length > longestElement ? clientIn(hops) : clients.memo(hops).address;
    // A proxy that says itself says nothing of who is behind it.
    return client === connectionOf(socketAddress).address ? undefined : client;
  };
  return {
    trusts,
    forwardedOf,
    addressOf: (...told) => forwardedOf(...told) ?? connectionOf(told[0]).address,
  };
}

/** Whoever is connected. */
interface Connection {
  readonly address: string;
  readonly isTrusted: boolean;
}

/** What a request tells a resolver. */
export function toldAddresses({ socket, headers }: HeadedRequest): ToldAddresses {
  const forwardedFor = headers["x-forwarded-for"];
  return [
    socket?.remoteAddress,
    Array.isArray(forwardedFor) ? forwardedFor.join(",") : forwardedFor,
    headers.forwarded,
  ];
}

/** The client of a request. */
export function clientAddressOf(request: HeadedRequest, resolver: ClientAddressResolver): string {
  return resolver.addressOf(...toldAddresses(request));
}

/**
 * Whom each hop of Forwarded (RFC 7239) has seen, as X-Forwarded-For has it; what hides its name is no address, and ends the walk.
 * No address has a comma: what a caller wrote cannot reach past one into what a proxy wrote, whatever quotes it opens.
 */
function hopsOf(forwarded = ""): string {
  const hops = forwarded.split(",").map((element) => {
    const [, quoted, token] = (element.length <= longestElement && forPair.exec(element.trim())) || [];
    return quoted?.replace(/\\(.)/g, "$1") ?? token ?? "";
  });
  return hops.join(",");
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
