import type { ConnectionOptions } from "node:tls";
import type { ClientConfig } from "pg";
import { parse } from "pg-connection-string";

/** What a URL of a database does not say as libpq would read it. Its sentence begins with `must`, and quotes nothing. */
export class ConnectionUrlError extends Error {
  override readonly name = "ConnectionUrlError";
}

/** One of the servers that a URL names. */
export interface Host {
  /** As its certificate has it; a folder, of a socket there. */
  readonly name: string;
  /** `hostaddr`, which spares the look-up of the name. */
  readonly address: string | undefined;
  readonly port: number;
}

/** How a server is spoken to: `tls-if-offered` in clear where it has no TLS. */
export type Encryption = "plain" | "tls-if-offered" | "tls";

/** Where a URL leads to. */
export interface ConnectionTarget {
  /** At least one; each is tried in turn. */
  readonly hosts: readonly [Host, ...Host[]];
  /** What is tried with each host, in this order. */
  readonly encryptions: readonly Encryption[];
  readonly tls: ConnectionOptions;
  /** Whether TLS begins without asking. */
  readonly directTls: boolean;
  /** For the driver. */
  readonly client: ClientConfig;
  /** What the server is started with for the session; undefined: nothing. */
  readonly options: string | undefined;
}

const defaultPort = "5432";

/** By libpq's `sslmode`. */
const encryptionsOf: Readonly<Record<string, readonly Encryption[]>> = {
  disable: ["plain"],
  allow: ["plain", "tls"],
  prefer: ["tls-if-offered", "plain"],
  require: ["tls"],
  "verify-ca": ["tls"],
  "verify-full": ["tls"],
};

const writable = ["any", "read-write", "primary"];

/** What is read here and not by the library, or means another thing to it. */
const ours = ["host", "hostaddr", "port", "sslmode", "ssl", "sslnegotiation", "uselibpqcompat", "target_session_attrs"];

const shape = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a URL as libpq does: several hosts, sockets, and `sslmode` with its meanings; what it does not say is taken from the
 * environment's PG variables. The files of certificates that it names are read.
 *
 * @throws ConnectionUrlError
 */
export function parseConnectionUrl(url: string, env: Environment = process.env): ConnectionTarget {
  if (url.trim() !== url) {
    throw new ConnectionUrlError("must not begin or end with a blank");
  }
  const [matched, credentials = "", authority = "", path = "", query = ""] = shape.exec(url) ?? [];
  if (matched === undefined) {
    throw new ConnectionUrlError("must be a URL such as postgres://user:password@host:5432/database");
  }
  const parameters = new URLSearchParams(query);
  const hosts = hostsOf(authority, parameters, env);
  const attributes = parameters.get("target_session_attrs");
  if (attributes !== null && !writable.includes(attributes)) {
    throw new ConnectionUrlError(`must have target_session_attrs of ${writable.join(", ")}, since Altalune writes`);
  }
  const mode = sslModeOf(parameters, env);
  const rest = new URLSearchParams([...parameters].filter(([name]) => !ours.includes(name)));
  if (rest.get("sslrootcert") === "system") {
    rest.delete("sslrootcert");
  }
  // Neither verifies; the library does not know `allow`.
  rest.set("sslmode", mode === "allow" ? "prefer" : mode);
  const { user, password, database, ssl, application_name } = parsed(
    `postgres://${credentials === "" ? "" : `${credentials}@`}base${path}?${rest.toString().replaceAll("+", "%20")}`,
  );
  const directTls = parameters.get("sslnegotiation") === "direct";
  return {
    hosts,
    encryptions: directTls && mode !== "disable" ? ["tls"] : (encryptionsOf[mode] ?? []),
    tls: typeof ssl === "object" ? (ssl as ConnectionOptions) : {},
    directTls,
    client: {
      ...withoutBlanks({ user, password, database, application_name }),
      host: hosts[0].name,
      port: hosts[0].port,
      // The driver takes what is empty from the environment, where some of it would break it.
      sslnegotiation: "postgres",
      ssl: false,
    },
    options: (parameters.get("options") ?? env["PGOPTIONS"])?.trim() || undefined,
  };
}

function hostsOf(authority: string, parameters: URLSearchParams, env: Environment): ConnectionTarget["hosts"] {
  const places = authority.split(",").map(placeOf);
  const names = (parameters.get("host") || undefined)?.split(",") ?? places.map(({ name }) => name);
  const ports = (parameters.get("port") ?? undefined)?.split(",") ?? places.map(({ port }) => port);
  const addresses = parameters.get("hostaddr")?.split(",") ?? [];
  if (ports.length !== 1 && ports.length !== names.length) {
    throw new ConnectionUrlError("must have as many ports as hosts, or one port for all");
  }
  const [first, ...others] = names.map((name, i) => ({
    name: name || env["PGHOST"] || "localhost",
    address: addresses[i] || undefined,
    port: portOf((ports.length === 1 ? ports[0] : ports[i]) || env["PGPORT"] || defaultPort),
  }));
  return [first as Host, ...others];
}

function placeOf(place: string): { readonly name: string; readonly port: string } {
  const [matched, bracketed, plain = "", port = ""] =
    /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*))(?::(.*))?$/.exec(place) ?? [];
  if (matched === undefined) {
    throw new ConnectionUrlError("must have hosts such as db.example.com:5432 or [::1]:5432, separated by commas");
  }
  try {
    return { name: decodeURIComponent(bracketed ?? plain), port };
  } catch {
    throw new ConnectionUrlError("must have %25 for each % in its host");
  }
}

function portOf(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new ConnectionUrlError("must have a port from 1 to 65535");
  }
  return port;
}

/** The driver's own words of before are taken, too: `ssl=true`, and `no-verify`. */
function sslModeOf(parameters: URLSearchParams, env: Environment): string {
  const ssl = parameters.get("ssl");
  const byDriver = ssl === null ? undefined : ["true", "1"].includes(ssl) ? "verify-full" : ssl;
  const system = parameters.get("sslrootcert") === "system" ? "verify-full" : undefined;
  const said = parameters.get("sslmode") ?? byDriver ?? system ?? env["PGSSLMODE"];
  const mode = { "no-verify": "require", false: "disable", 0: "disable" }[said ?? ""] ?? (said || "prefer");
  if (!(mode in encryptionsOf)) {
    throw new ConnectionUrlError(`must have an sslmode of ${Object.keys(encryptionsOf).join(", ")}`);
  }
  if (mode === "verify-ca" && parameters.get("sslrootcert") === null) {
    throw new ConnectionUrlError("must have an sslrootcert with sslmode=verify-ca: the certificate to verify by");
  }
  return mode;
}

function parsed(url: string): ReturnType<typeof parse> {
  try {
    return parse(url, { useLibpqCompat: true });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new ConnectionUrlError(
      code !== undefined && path !== undefined
        ? "must have paths of files that can be read in sslrootcert, sslcert and sslkey"
        : "must be a URL such as postgres://user:password@host:5432/database",
    );
  }
}

function withoutBlanks(values: Readonly<Record<string, string | null | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])));
}
