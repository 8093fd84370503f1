/** What the embedded server needs of a logger; pino's fits. */
export interface ServerLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface EmbeddedPostgresOptions {
  /** An absolute path, as `resolveDataDir` gives it. Made when it is missing. */
  readonly dataDir: string;
  readonly logger?: ServerLogger | undefined;
  /** Server settings such as `{ fsync: "off" }`. They take effect when this call starts the server, not when it joins one. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /**
   * For a command that runs beside a service: joins the service's server and leaves it running. Without one, starts a
   * server and stops it at `stop()`, once the other commands that joined it are done.
   */
  readonly share?: boolean | undefined;
  /** Gives up the start: it rejects with the signal's reason once what it had started has ended. */
  readonly signal?: AbortSignal | undefined;
}

export interface PostgresExit {
  /** Whether `stop()` asked for it. */
  readonly expected: boolean;
  /** Unknown, so null, for a server that this process did not start itself. */
  readonly code: number | null;
  readonly signal: string | null;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** `postgres://altalune:<password>@127.0.0.1:<port>/altalune` */
  readonly url: string;
  /** Whether the server was running already. */
  readonly adopted: boolean;
  /** Of the postmaster. */
  readonly pid: number;
  /** Settles when the server ends, whoever ended it; never rejects. To start it anew is the caller's matter. */
  readonly exited: Promise<PostgresExit>;
  /** Ends the server if this call owns it; may be called again. Rejects only if the server could not be ended. */
  stop(): Promise<void>;
}
