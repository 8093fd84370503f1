import { type DescField, type DescMethod, type DescMethodUnary, getOption, hasOption } from "@bufbuild/protobuf";
import findMyWay from "find-my-way";
import { http as httpOption } from "../../../../gen/google/api/annotations_pb.js";
import type { HttpRule } from "../../../../gen/google/api/http_pb.js";

export type RestMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One of an rpc's routes, as its proto says (google.api.http). */
export interface Route {
  readonly httpMethod: RestMethod;
  /** `/v1/projects/{project_id}`; what a brace names may be a field of a field, such as `{tier.name}`. */
  readonly template: string;
  /** What the body is: the whole request, one of its fields, or nothing. */
  readonly body: "request" | DescField | undefined;
  readonly method: DescMethodUnary;
}

/** A request's route, and what its path says: values by the paths of fields. */
export interface MatchedRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The routes of an rpc, the first of them the one that is shown; none: it is not served over REST. */
export function routesOf(method: DescMethod): readonly Route[] {
  if (!isUnary(method) || !hasOption(method, httpOption)) {
    return [];
  }
  const rule = getOption(method, httpOption);
  return [rule, ...rule.additionalBindings].map((binding) => routeOf(method, binding));
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function routeOf(method: DescMethodUnary, { pattern, body }: HttpRule): Route {
  if (pattern.case === undefined || pattern.case === "custom") {
    throw new Error(`${method.name} has a binding without a route`);
  }
  const field = method.input.fields.find(({ name }) => name === body);
  if (body !== "" && body !== "*" && field === undefined) {
    throw new Error(`the body of ${method.name} is none of its fields: ${body}`);
  }
  return {
    httpMethod: pattern.case.toUpperCase() as RestMethod,
    template: pattern.value,
    body: body === "*" ? "request" : field,
    method,
  };
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
