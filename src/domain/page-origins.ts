import type { PublicUrl } from "../platform/public-url.js";
import type { Project } from "./project/model.js";

/** Which pages may call for the owners of a project's keys. */
export class PageOrigins {
  readonly #listed: ReadonlySet<string>;
  readonly #publicUrl: PublicUrl;

  /**
   * @param listed origins whose pages may call whatever they can, or `*` for all
   * @param publicUrl what tells pages of Altalune's own, which may call for every project
   */
  constructor(listed: readonly string[], publicUrl: PublicUrl) {
    this.#listed = new Set(listed);
    this.#publicUrl = publicUrl;
  }

  mayCall(origin: string, { ownerAccess }: Project): boolean {
    const isEverywhere = this.#listed.has("*") || this.#listed.has(origin) || this.#publicUrl.isOwn(origin);
    return isEverywhere || ownerAccess?.origins.includes(origin) === true;
  }
}
