import { ApiKeyNotFoundError } from "../domain/api_key/errors.js";
import { statusAt } from "../domain/api_key/model.js";
import type { RootKeyScope } from "../domain/root_key/model.js";
import type { RootKeyService } from "../domain/root_key/service.js";
import type { GatewayListen } from "../server/gateway-listener.js";
import { ConfigError, type GatewayConfig } from "./config.js";

const scope: RootKeyScope = "api_keys:verify";
const remedy = `make one with \`npx altalune root-key create --scope ${scope}\``;

/**
 * The listener for gateways, with the root key whose reach it has. Whoever reaches it acts by that key, so it may verify and do
 * nothing else, whatever the listener comes to serve.
 *
 * @throws ConfigError when there is no such root key, when it does not work, or may do more
 */
export async function gatewayListen(
  { rootKeyId, ...where }: GatewayConfig,
  rootKeys: RootKeyService,
): Promise<GatewayListen> {
  const { apiKey, credential } = await rootKeys.named(rootKeyId).catch((error: unknown) => {
    throw error instanceof ApiKeyNotFoundError ? fault("there is no such root key") : error;
  });
  const status = statusAt(apiKey, apiKey.observedAt);
  if (status !== "active") {
    throw fault(`that root key is ${status}`);
  }
  if (apiKey.scopes.length !== 1 || apiKey.scopes[0] !== scope) {
    throw fault(`that root key has other scopes than ${scope} alone`);
  }
  return { ...where, credential };
}

function fault(reason: string): ConfigError {
  return new ConfigError([`ALTALUNE_GATEWAY_ROOT_KEY_ID must name a root key that works: ${reason}; ${remedy}`]);
}
