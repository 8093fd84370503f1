/** The server cannot listen where it was told to. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly host: string;
  readonly port: number;
  /** The operating system's code, such as EADDRINUSE. */
  readonly code: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException, settings = mainSettings) {
    const code = cause.code ?? "unknown";
    super(`cannot listen on ${hostAndPort(host, port)}: ${reasonOf(code, settings)}`, { cause });
    this.host = host;
    this.port = port;
    this.code = code;
  }
}

/** The variables that say where to listen. */
export interface ListenSettings {
  readonly host: string;
  readonly port: string;
}

const mainSettings: ListenSettings = { host: "HOST", port: "PORT" };

function reasonOf(code: string, { host, port }: ListenSettings): string {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `another process has this port; stop it, or choose another by ${port}`,
    EACCES: `this user may not use this port; choose one above 1023 by ${port}`,
    EADDRNOTAVAIL: `this machine does not have this address; choose another by ${host}`,
    ENOTFOUND: `there is no such host; choose another by ${host}`,
  };
  return reasons[code] ?? code;
}

/** As it stands in a URL: IPv6 addresses in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
