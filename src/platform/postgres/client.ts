import { Client, type ClientConfig } from "pg";
import Cursor from "pg-cursor";
import { type Host, parseConnectionUrl } from "./connection-url.js";
import { FindingConnection } from "./finding-connection.js";

const defaultTimeoutMs = 5_000;

type Query = (statement: unknown, ...rest: readonly unknown[]) => unknown;

/**
 * The driver's client, for what a URL leads to by libpq's rules. The clients of one class try first what served last. Each sends a
 * statement without waiting for the answers of those before it.
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
      const query = this.query.bind(this) as Query;
      const sendAtOnce: Query = (statement, ...rest) => {
        // The driver's cursor asks more than once, with nothing in between: whoever opens one has the connection alone.
        const pipeline = !(statement instanceof Cursor);
        if (this.pipeline !== pipeline) {
          Object.assign(this, { pipeline });
        }
        // What is sent at once goes in one write: apart, keys that are created together cost a tenth more.
        const { stream } = this.connection;
        stream.cork();
        process.nextTick(() => stream.uncork());
        return query(statement, ...rest);
      };
      Object.assign(this, { query: sendAtOnce });
    }
  };
}
