import { type DescField, type DescMethod, type DescMethodUnary, getOption, hasOption } from "@bufbuild/protobuf";
import { http as httpOption } from "../../../gen/google/api/annotations_pb.js";
import type { HttpRule } from "../../../gen/google/api/http_pb.js";

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
