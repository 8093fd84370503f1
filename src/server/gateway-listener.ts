import { lookup } from "node:dns/promises";
import type { RootCredential } from "../domain/root_key/service.js";
import { isLoopback } from "../platform/address-ranges.js";
import { gatewayStreamLimits } from "./http/limits.js";
import { ListenError, type ListenSettings } from "./http/listen-error.js";
import { type Listener, type ListenerOptions, listen } from "./http/listener.js";
import { NotLoopbackError } from "./http/not-loopback-error.js";

const settings: ListenSettings = { host: "ALTALUNE_GATEWAY_LISTEN", port: "ALTALUNE_GATEWAY_LISTEN" };

/** Where gateways ask that send no root key. */
export interface GatewayListen {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Whether whoever reaches it may ask, from other machines too. */
  readonly trustNetwork: boolean;
  /** Of the root key whose reach it has. */
  readonly credential: RootCredential;
}

/**
 * Opens it. The address is looked up first, so that what was checked is what is bound to.
 *
 * @throws ListenError
 * @throws NotLoopbackError
 */
export async function listenForGateways(
  { host, port, trustNetwork }: GatewayListen,
  options: Omit<ListenerOptions, "host" | "port" | "settings">,
): Promise<Listener> {
  const { address } = await lookup(host).catch((error: NodeJS.ErrnoException) => {
    throw new ListenError(host, port, error, settings);
  });
  if (!trustNetwork && !isLoopback(address)) {
    throw new NotLoopbackError();
  }
  return listen({ ...options, host: address, port, settings, streams: gatewayStreamLimits });
}
