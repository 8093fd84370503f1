import { type Source, sourceOf } from "../../../domain/odd_use/source.js";
import { type ClientAddressResolver, clientAddressOf, toldAddresses } from "../../http/client-address.js";
import type { HttpRequest } from "../../http/http.js";
import type { ClientRequest, ToldRequest } from "../gateway/client-request.js";

/** The client's request, as a gateway tells it in headers of its own question. */
export class HttpClientRequest implements ClientRequest {
  readonly #request: HttpRequest;
  readonly #resolver: ClientAddressResolver;

  constructor(request: HttpRequest, resolver: ClientAddressResolver) {
    this.#request = request;
    this.#resolver = resolver;
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders;
  }

  get urls(): readonly string[] {
    return [this.#text("x-original-uri"), this.#text("x-forwarded-uri")];
  }

  get address(): string {
    return clientAddressOf(this.#request, this.#resolver);
  }

  get source(): Source | undefined {
    const address = this.#resolver.forwardedOf(...toldAddresses(this.#request));
    return address === undefined ? undefined : sourceOf(address, this.#text("user-agent"));
  }

  get told(): ToldRequest {
    return {
      method: this.#text("x-forwarded-method") || this.#text("x-original-method"),
      uri: this.#text("x-forwarded-uri") || this.#text("x-original-uri"),
      host: this.#text("x-forwarded-host"),
    };
  }

  #text(name: string): string {
    return String(this.#request.headers[name] ?? "");
  }
}
