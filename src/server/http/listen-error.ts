/** The server cannot listen where it was told to. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly host: string;
  readonly port: number;
  /** The operating system's code, such as EADDRINUSE. */
  readonly code: string;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? "unknown";
    super(`cannot listen on ${hostAndPort(host, port)}: ${reasons[code] ?? code}`, { cause });
    this.host = host;
    this.port = port;
    this.code = code;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process has this port; stop it, or choose another by PORT",
  EACCES: "this user may not use this port; choose one above 1023 by PORT",
  EADDRNOTAVAIL: "this machine does not have this address; choose another by HOST",
  ENOTFOUND: "there is no such host; choose another by HOST",
};

/** As it stands in a URL: IPv6 addresses in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
