import { type ExchangePortalCodeResponse, PortalService } from "@altalune/sdk/messages";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { withoutCookies } from "../api/calls.tsx";
import { failureOf } from "../api/failure.ts";
import { onceFree } from "../parts/hold.ts";
import { texts } from "../texts.ts";

/**
 * Whether the portal is open: "asking" leads to "open", "bad-code" or "failed"; "failed" to "asking" again; "open" to "ended". A link that
 * is followed while the page is there begins anew.
 */
export type OpeningState =
  | { readonly kind: "no-code" }
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly sentence: string }
  | { readonly kind: "bad-code" }
  | { readonly kind: "open"; readonly session: ExchangePortalCodeResponse }
  | { readonly kind: "ended" };

/**
 * Opens the portal by the code in the address, which is taken out of it at once. Code and token are in the page's memory alone, and gone
 * with it: a storage of the browser would keep the token for whatever script of this origin comes later, and for whoever uses the
 * machine next. Whoever loads the page again asks for a new link.
 */
export class Opening {
  #state: OpeningState = { kind: "no-code" };
  #code = "";
  readonly #listeners = new Set<() => void>();
  readonly #portal = createClient(
    PortalService,
    createConnectTransport({ baseUrl: location.origin, fetch: withoutCookies }),
  );

  constructor() {
    this.#begin();
    // Another link to the same page changes the fragment alone: the page is not loaded for it.
    addEventListener("hashchange", () => this.#begin());
  }

  readonly state = (): OpeningState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Notes that the server no longer takes the token of a session, unless another is open by now. Waits for what holds the page. */
  readonly hasEnded = (session: ExchangePortalCodeResponse): void =>
    onceFree(() => {
      if (this.#state.kind === "open" && this.#state.session === session) {
        this.#become({ kind: "ended" });
      }
    });

  /** Asks the server for the session of the code. */
  readonly ask = (): void => {
    const code = this.#code;
    this.#become({ kind: "asking" });
    this.#portal.exchangePortalCode({ code }).then(
      (session) => this.#answered(code, { kind: "open", session }),
      (error: unknown) => this.#answered(code, stateAfter(error)),
    );
  };

  #begin(): void {
    const code = takeCode();
    if (code !== "") {
      onceFree(() => this.#follow(code));
    }
  }

  #follow(code: string): void {
    this.#code = code;
    // A portal is framed by pages of the project in its path: it shows no other.
    if (code.endsWith(`.${location.pathname.slice(location.pathname.lastIndexOf("/") + 1)}`)) {
      this.ask();
    } else {
      this.#become({ kind: "bad-code" });
    }
  }

  #answered(code: string, state: OpeningState): void {
    if (code !== this.#code) {
      return;
    }
    if (state.kind !== "failed") {
      this.#code = "";
    }
    this.#become(state);
  }

  #become(state: OpeningState): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** @returns empty: there is none */
function takeCode(): string {
  const code = new URLSearchParams(location.hash.slice(1)).get("code") ?? "";
  if (location.hash !== "") {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return code;
}

function stateAfter(error: unknown): OpeningState {
  const { code } = ConnectError.from(error);
  return code === Code.Unauthenticated || code === Code.InvalidArgument
    ? { kind: "bad-code" }
    : { kind: "failed", sentence: failureOf(error, texts.portal.failures).sentence };
}
