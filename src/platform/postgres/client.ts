import { Client, type ClientConfig } from "pg";
import { type Host, parseConnectionUrl } from "./connection-url.js";
import { FindingConnection } from "./finding-connection.js";

const defaultTimeoutMs = 5_000;

/**
 * The driver's client, for what a URL leads to by libpq's rules. The clients of one class try first what served last.
 *
 * @throws ConnectionUrlError
 */
export function clientOf(url: string): new (config?: ClientConfig) => Client {
  const target = parseConnectionUrl(url);
  let hosts: readonly Host[] = target.hosts;
  const onFound = (found: Host): void => {
    hosts = [found, ...hosts.filter((host) => host !== found)];
  };
  return class extends Client {
    constructor(config: ClientConfig = {}) {
      const hostTimeoutMs = (config.connectionTimeoutMillis ?? defaultTimeoutMs) / hosts.length;
      const connection = new FindingConnection({ target, hosts, hostTimeoutMs, onFound });
      super({ ...config, ...target.client, ...{ connection } });
      // Not as the driver takes them from the environment: poolers refuse what they do not know, even if it says nothing.
      const { connectionParameters } = this as unknown as { readonly connectionParameters: Record<string, unknown> };
      Object.assign(connectionParameters, { options: target.options, replication: undefined });
    }
  };
}
