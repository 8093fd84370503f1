/** Names of this machine that no other reaches, as origins have them. */
const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * What browsers reach this service by: links begin with it, and pages of it may call with a cookie. It is configured, or the
 * service listens on this machine alone; what a request says in its Host is not believed.
 */
export class PublicUrl {
  readonly #configured: URL | undefined;
  #listening: URL | undefined;

  /** @param configured ALTALUNE_PUBLIC_URL; undefined: not set */
  constructor(configured: string | undefined) {
    this.#configured = configured === undefined ? undefined : new URL(configured);
  }

  /** Where the service listens: what browsers reach it by, if nobody else can and nothing else is configured. */
  listensAt(url: string): void {
    const listening = new URL(url);
    if (loopbackNames.has(listening.hostname)) {
      this.#listening = listening;
    }
  }

  /** Without a slash at its end; undefined: nobody knows. */
  get base(): string | undefined {
    return (this.#configured ?? this.#listening)?.href.replace(/\/+$/, "");
  }

  /** Whether browsers come by https. */
  get isSecure(): boolean {
    return (this.#configured ?? this.#listening)?.protocol === "https:";
  }

  /** Whether pages of an origin are our own. @param origin as browsers send it */
  isOwn(origin: string): boolean {
    if (this.#configured !== undefined) {
      return origin === this.#configured.origin;
    }
    if (this.#listening === undefined || !URL.canParse(origin)) {
      return false;
    }
    const { protocol, hostname, port, origin: normal } = new URL(origin);
    const { protocol: ours, port: ourPort } = this.#listening;
    return normal === origin && protocol === ours && port === ourPort && loopbackNames.has(hostname);
  }
}
