import pg from "pg";
import { database, superuser } from "./names.js";

declare module "pg" {
  // Its types leave these out. An idle connection that is unreferenced lets the process end.
  interface Client {
    ref(): void;
    unref(): void;
  }
}

/** Where a server of ours listens. */
export interface Endpoint {
  readonly port: number;
  readonly password: string;
}

/** What it does not say a client may take from the environment, whose PG variables are meant for another server. */
export function urlOf({ port, password }: Endpoint): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}?sslmode=disable&options=%20`;
}

/** The driver takes what is empty from the environment: so nothing is. */
const ownSession = { ssl: false, options: " ", sslnegotiation: "postgres", replication: "false" } as const;

/** Connects; the loss of the connection later is not an uncaught error. */
export async function connect(
  endpoint: Endpoint,
  { to = database, timeoutMs = 3000 }: { readonly to?: string; readonly timeoutMs?: number } = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: endpoint.port,
    user: superuser,
    password: endpoint.password,
    database: to,
    ...ownSession,
    application_name: "altalune embedded",
    connectionTimeoutMillis: timeoutMs,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}
