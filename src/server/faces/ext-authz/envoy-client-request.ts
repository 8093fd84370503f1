import type { Source } from "../../../domain/odd_use/source.js";
import type { ClientAddressResolver } from "../../http/client-address.js";
import type { HeadedRequest } from "../../http/http.js";
import type { ClientRequest, ToldRequest } from "../gateway/client-request.js";
import { forwardedSource } from "../gateway/forwarded-source.js";
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

  /** Whom Envoy has its request from is what it would write into X-Forwarded-For. Both are believed of trusted proxies alone. */
  get address(): string {
    const { rawHeaders, source } = this.#check;
    const hops = rawHeaders.flatMap((name, i) =>
      i % 2 === 0 && name.toLowerCase() === "x-forwarded-for" ? [rawHeaders[i + 1] ?? ""] : [],
    );
    return this.#resolver(
      this.#question.socket?.remoteAddress,
      source === "" ? undefined : [...hops, source].join(","),
    );
  }

  get source(): Source | undefined {
    if (!this.#resolver.trustsProxies) {
      return undefined;
    }
    const { rawHeaders } = this.#check;
    const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === "user-agent");
    return forwardedSource(
      this.address,
      this.#question.socket?.remoteAddress,
      (at === -1 ? undefined : rawHeaders[at + 1]) ?? "",
    );
  }

  get told(): ToldRequest {
    const { method, path, host } = this.#check;
    return { method, uri: path, host };
  }
}
