import findMyWay from "find-my-way";
import type { RestMethod, Route } from "../routes.js";

/** A request's route, and what its path says: values by the paths of fields. */
export interface MatchedRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds routes by what was requested. */
export class RestRouter {
  readonly #router = findMyWay({ caseSensitive: true });
  readonly #methods = new Set<RestMethod>();

  constructor(routes: Iterable<Route>) {
    for (const route of routes) {
      const names: string[] = [];
      // A colon in a path begins a verb, such as `:rotate`; doubled it is one to the router, which also reads names after it.
      const path = route.template.replaceAll(":", "::").replace(/\{([\w.]+)\}/g, (_brace, name: string) => {
        names.push(name);
        return `:p${names.length - 1}(^[^:/]+)`;
      });
      this.#methods.add(route.httpMethod);
      this.#router.on(route.httpMethod, path, () => undefined, { route, names });
    }
  }

  /** @param path without its query */
  find(httpMethod: string, path: string): MatchedRoute | undefined {
    const found = this.#router.find(httpMethod as RestMethod, path);
    if (found === null) {
      return undefined;
    }
    const { route, names } = found.store as { readonly route: Route; readonly names: readonly string[] };
    const params = Object.fromEntries(names.map((name, i) => [name, found.params[`p${i}`] ?? ""]));
    // An encoded slash or colon is none of what ids and names are made of.
    return Object.values(params).some((value) => /[/:]/.test(value)) ? undefined : { route, params };
  }

  /** By which methods a path may be requested; none: there is nothing. */
  methodsOf(path: string): readonly string[] {
    const methods = [...this.#methods].filter((method) => this.find(method, path) !== undefined);
    return methods.length === 0 ? [] : [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
  }
}
