import { type Source, sourceOf } from "../../../domain/odd_use/source.js";

/** Where a gateway's client is, unless all that is known is where the gateway is: that tells nothing of whoever uses the key. */
export function forwardedSource(
  address: string,
  socketAddress: string | undefined,
  userAgent: string,
): Source | undefined {
  return address === socketAddress || socketAddress?.endsWith(`:${address}`) === true
    ? undefined
    : sourceOf(address, userAgent);
}
