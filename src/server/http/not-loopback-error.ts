/** A listener that asks for no root key would be reached from other machines. */
export class NotLoopbackError extends Error {
  override readonly name = "NotLoopbackError";

  constructor() {
    super(
      "ALTALUNE_GATEWAY_LISTEN must be a loopback address, such as 127.0.0.1:8081: whoever reaches it asks without a root key; where the network lets nobody else, set ALTALUNE_GATEWAY_TRUST_NETWORK=1",
    );
  }
}
