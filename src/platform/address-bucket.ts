import ipaddr from "ipaddr.js";

/** What an address is counted by: one subscriber has a /64 of IPv6 addresses at least, and would never run out of new ones. */
export function addressBucket(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) {
    return address;
  }
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv4" ? parsed.toString() : ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toString();
}
