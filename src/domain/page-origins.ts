import type { Project } from "./project/model.js";

/** Which pages may call for the owners of a project's keys. */
export class PageOrigins {
  readonly #listed: ReadonlySet<string>;
  readonly #publicUrl: () => string | undefined;

  /**
   * @param listed origins whose pages may call whatever they can, or `*` for all
   * @param publicUrl where pages of Altalune's own are; undefined: that is not known
   */
  constructor(listed: readonly string[], publicUrl: () => string | undefined) {
    this.#listed = new Set(listed);
    this.#publicUrl = publicUrl;
  }

  mayCall(origin: string, { ownerAccess }: Project): boolean {
    return ownerAccess?.origins.includes(origin) === true || this.isEverywhere(origin);
  }

  /** Whether pages of an origin may call for every project. */
  isEverywhere(origin: string): boolean {
    const own = this.#publicUrl();
    return this.#listed.has("*") || this.#listed.has(origin) || (own !== undefined && new URL(own).origin === origin);
  }
}
