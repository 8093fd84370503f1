import { parseCookie, type SetCookie, stringifySetCookie } from "cookie";
import type { PublicUrl } from "../../platform/public-url.js";

const sessionName = "altalune_session";
const deviceName = "altalune_device";
const flowName = "altalune_oidc";
/** Browsers take such a cookie from its own host alone, over https, for all paths: no other host of the domain can plant one. */
const hostPrefix = "__Host-";
const yearSeconds = 365 * 24 * 60 * 60;

/** What a browser of ours sends. */
export interface OwnCookies {
  /** Undefined: there is no session. */
  readonly session: string | undefined;
  /** What the browser is known by, to whom it was signed in. */
  readonly device: string | undefined;
  /** A sign-in that is under way at a provider. */
  readonly flow: string | undefined;
}

/** Whether a header may hold a session, told without reading it. */
export function mayHoldSession(cookies: string | undefined): boolean {
  return cookies?.includes(sessionName) === true;
}

/** The cookies of users' browsers. Over http, which is for this machine alone, they have neither prefix nor `Secure`. */
export class SessionCookies {
  readonly #publicUrl: PublicUrl;

  constructor(publicUrl: PublicUrl) {
    this.#publicUrl = publicUrl;
  }

  read(header: string | null | undefined): OwnCookies {
    if (!header) {
      return { session: undefined, device: undefined, flow: undefined };
    }
    const cookies = parseCookie(header);
    return {
      session: cookies[this.#name(sessionName)] || undefined,
      device: cookies[this.#name(deviceName)],
      flow: cookies[this.#name(flowName)] || undefined,
    };
  }

  /** What begins a session in a browser. */
  begin(token: string, device: string, expiresAt: Date): readonly string[] {
    return [
      this.#set(sessionName, token, { expires: expiresAt }),
      this.#set(deviceName, device, { maxAge: yearSeconds }),
    ];
  }

  /** What ends it; the browser stays known. */
  end(): readonly string[] {
    return [this.#set(sessionName, "", { maxAge: 0 })];
  }

  /** What a browser keeps while its person is at a provider. */
  beginFlow(sealed: string, lastsSeconds: number): string {
    return this.#set(flowName, sealed, { maxAge: lastsSeconds });
  }

  endFlow(): string {
    return this.#set(flowName, "", { maxAge: 0 });
  }

  #name(name: string): string {
    return this.#publicUrl.isSecure ? hostPrefix + name : name;
  }

  #set(name: string, value: string, lasts: Pick<SetCookie, "expires" | "maxAge">): string {
    const { isSecure } = this.#publicUrl;
    const attributes = { path: "/", httpOnly: true, secure: isSecure, sameSite: "lax" } as const;
    return stringifySetCookie({ name: this.#name(name), value, ...attributes, ...lasts });
  }
}
