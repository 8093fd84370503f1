import { type Source, sourceOf } from "../../../domain/odd_use/source.js";
import type { ClientAddressResolver, ToldAddresses } from "../../http/client-address.js";
import type { HeadedRequest } from "../../http/http.js";
import type { ClientRequest, ToldRequest } from "../gateway/client-request.js";
import type { Check } from "./read-check.js";

/** The client's request, as Envoy tells it. */
export class EnvoyClientRequest implements ClientRequest {
  readonly #check: Check;
  readonly #question: HeadedRequest;
  readonly #resolver: ClientAddressResolver;

  /** @param question that of Envoy's */
  constructor(check: Check, question: HeadedRequest, resolver: ClientAddressResolver) {
    this.#check = check;
    this.#question = question;
    this.#resolver = resolver;
  }

  get rawHeaders(): readonly string[] {
    return this.#check.rawHeaders;
  }

  get urls(): readonly string[] {
    return [this.#check.path];
  }

  get address(): string {
    return this.#resolver.addressOf(...this.#toldAddresses());
  }

  get source(): Source | undefined {
    if (!this.#resolver.trusts(this.#question.socket?.remoteAddress)) {
      return undefined;
    }
    const address = this.#resolver.forwardedOf(...this.#toldAddresses());
    return address === undefined ? undefined : sourceOf(address, this.#headers("user-agent")[0] ?? "");
  }

  get told(): ToldRequest {
    const { method, path, host } = this.#check;
    return { method, uri: path, host };
  }

  /** Whom Envoy has its request from is what it would write into X-Forwarded-For. Both are believed of trusted proxies alone. */
  #toldAddresses(): ToldAddresses {
    const { source } = this.#check;
    const hops = source === "" ? undefined : [...this.#headers("x-forwarded-for"), source].join(",");
    return [this.#question.socket?.remoteAddress, hops];
  }

  #headers(name: string): readonly string[] {
    const { rawHeaders } = this.#check;
    return rawHeaders.flatMap((given, i) =>
      i % 2 === 0 && given.length === name.length && given.toLowerCase() === name ? [rawHeaders[i + 1] ?? ""] : [],
    );
  }
}
