import type { DescEnum, DescField, DescMessage, DescMethod, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { maxDays } from "../../src/domain/api_key/listing-filters.js";
import { headerFields } from "../../src/server/faces/rest/header-fields.js";
import type { Route } from "../../src/server/faces/routes.js";
import type { Components } from "./components.js";
import { listingOf } from "./listings.js";
import { otherRoutes } from "./other-routes.js";
import { isRequired, rulesOf } from "./rules.js";
import { descriptionOf } from "./text.js";
import { textSchema } from "./text-schema.js";
import { maskableNames } from "./update-mask.js";

/** The fields that a path says, by their places in it, such as `project_id` or `tier.name`. */
export function pathFields({ template, method }: Route): ReadonlyMap<string, DescField> {
  const places = [...template.matchAll(/\{([\w.]+)\}/g)].map(([, place = ""]) => place);
  return new Map(places.map((place) => [place, fieldAt(method.input, place)]));
}

/** What a body does not say: path, query or headers do, and a field may be given once. */
export function fieldsOutsideBody(route: Route): ReadonlySet<DescField> {
  const elsewhere = route.method.input.fields.filter(
    (field) => isInHeader(field) || isMask(field) || isOfOtherRoute(field, route),
  );
  return new Set([...pathFields(route).values(), ...elsewhere]);
}

/** A route without the project in its path is about what is in none. */
function isOfOtherRoute({ name }: DescField, route: Route): boolean {
  return name === "project_id" && route.method.name in otherRoutes && !pathFields(route).has(name);
}

function isMask({ message }: DescField): boolean {
  return message?.typeName === "google.protobuf.FieldMask";
}

/** A path as it is told: `/v1/tiers/{name}` is one whichever message's name it is. */
export function pathOf({ template }: Route): string {
  return template.replace(/\{([\w.]+)\}/g, (_brace, place: string) => `{${parameterName(place)}}`);
}

function parameterName(place: string): string {
  return place.split(".").at(-1) ?? place;
}

function fieldAt(message: DescMessage, path: string): DescField {
  const [first = "", ...rest] = path.split(".");
  const field = message.fields.find(({ name }) => name === first);
  const inner = field?.fieldKind === "message" ? field.message : undefined;
  if (field === undefined || (rest.length > 0 && inner === undefined)) {
    throw new Error(`${message.name} has no ${path}`);
  }
  return inner === undefined || rest.length === 0 ? field : fieldAt(inner, rest.join("."));
}

/** All parameters of a route: of its path, its query, and the headers that stand for fields. */
export function parametersOf(route: Route, components: Components): readonly JsonObject[] {
  const inPath = pathFields(route);
  return [
    ...[...inPath].map(([place, field]) => ({
      name: parameterName(place),
      in: "path",
      required: true,
      description: descriptionOf(field),
      schema: components.inPath(field),
    })),
    ...queryParameters(route, components),
    ...headerParameters(route.method.input),
  ];
}

function queryParameters(route: Route, components: Components): readonly JsonObject[] {
  const { fields } = route.method.input;
  if (route.body !== undefined) {
    return fields.filter(isMask).map(maskParameter);
  }
  const elsewhere = fieldsOutsideBody(route);
  const asked = fields.filter((field) => !elsewhere.has(field));
  return asked.flatMap((field) =>
    field.message?.typeName === "altalune.v1.QueryRequest"
      ? listingParameters(field.message, route.method, components)
      : [
          {
            name: field.name,
            in: "query",
            ...(isRequired(field) && { required: true }),
            description: descriptionOf(field),
            schema: components.asked(field),
          },
        ],
  );
}

function maskParameter(mask: DescField): JsonObject {
  return {
    name: mask.name,
    in: "query",
    description: `Which fields to change, joined by commas: those, and what of them the body leaves out is cleared. Without it, the fields that the body holds.`,
    style: "form",
    explode: false,
    schema: { type: "array", minItems: 1, items: { type: "string", enum: [...maskableNames(mask, "name")] } },
  };
}

function listingParameters(query: DescMessage, method: DescMethod, components: Components): readonly JsonObject[] {
  const { filters, sorts } = listingOf(method.name);
  const row = method.output.fields.find(({ name }) => name === "data")?.message;
  const pagination = query.fields.find(({ name }) => name === "pagination")?.message;
  const keyword = query.fields.filter(({ name }) => name === "keyword");
  const of = (field: DescField) => ({
    name: field.name,
    in: "query",
    description: descriptionOf(field),
    schema: components.asked(field),
  });
  return [
    ...(pagination?.fields.map(of) ?? []),
    ...keyword.map(of),
    {
      name: "sort",
      in: "query",
      description:
        "What to sort by, with a `-` before what is to come last first, such as `-created_at`. Without it, or empty: the newest first.",
      schema: { type: "string", enum: sorts.flatMap((sort) => [sort, `-${sort}`]) },
    },
    ...filters.map((filter) => filterParameter(filter, query, row?.fields.find(({ name }) => name === filter)?.enum)),
  ];
}

/** A filter takes several values, of which any matches, but for the one that is a number. */
function filterParameter(filter: string, query: DescMessage, choices: DescEnum | undefined): JsonObject {
  const parameter = { name: filter, in: "query" };
  if (filter === "expiring_within_days") {
    return {
      ...parameter,
      description: "Only keys that expire within so many days from now.",
      schema: { type: "integer", minimum: 0, maximum: maxDays },
    };
  }
  const values = query.fields.find(({ name }) => name === "filters")?.message?.field["values"];
  const rules = values && rulesOf(values)?.type;
  if (values === undefined || rules?.case !== "repeated" || rules.value.items?.type.case !== "string") {
    throw new Error("filters have values of a kind that has no parameter yet");
  }
  const items: JsonValue =
    choices === undefined
      ? { type: "string", ...textSchema(rules.value.items.type.value, false, false) }
      : { type: "string", enum: choices.values.filter(({ number }) => number !== 0).map(({ name }) => name) };
  return {
    ...parameter,
    description: `Only where \`${filter}\` is one of these. Give it again for each.`,
    style: "form",
    explode: true,
    schema: { type: "array", maxItems: Number(rules.value.maxItems), items },
  };
}

type Header = (typeof headerFields)[number]["header"];

/** What is told of a header that stands for a field. */
const toldOfHeaders: Readonly<Record<Header, { readonly pattern: string; readonly description: string }>> = {
  "idempotency-key": {
    pattern: "^[!-~]([ -~]{0,62}[!-~])?$",
    description:
      "Names the request, so that it may be sent again when no answer came: the work is done once. Another for each request, such as a UUID; kept for 24 hours.",
  },
  "if-match": {
    // In quotes, `*` would be an etag, which no thing has.
    pattern: '^("([!#-)+-~]|[!#-~]{2,64})"|[*])$',
    description:
      "The header `ETag` of the answer that the change is meant for, or `*`: if it is another by now, nothing is done, and the answer is 412.",
  },
};

function isInHeader({ name }: DescField): boolean {
  return headerFields.some(({ field }) => field === name);
}

/** Headers that stand for fields of a request, where it has them. */
export function headersOf({ fields }: DescMessage) {
  return headerFields
    .filter(({ field }) => fields.some(({ name }) => name === field))
    .map(({ field, header }) => ({ field, name: asWritten(header), ...toldOfHeaders[header] }));
}

/** `Idempotency-Key`, as people write what programs compare in lower case. */
function asWritten(header: Header): string {
  return header.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

function headerParameters(input: DescMessage): readonly JsonObject[] {
  return headersOf(input).map(({ name, pattern, description }) => ({
    name,
    in: "header",
    description,
    schema: { type: "string", pattern },
  }));
}
