import type { JsonObject } from "@bufbuild/protobuf";
import { isCreation, thingField } from "../../src/server/faces/rest/success.js";
import type { Route } from "../../src/server/faces/routes.js";
import { pathFields } from "./parameters.js";

/** What can be done with what a creation made: the routes whose paths name it, and nothing else that is not known yet. */
export function linksOf(route: Route, routes: readonly Route[]): JsonObject {
  const made = thingField(route.method);
  if (!isCreation(route.method) || made === undefined) {
    return {};
  }
  const idOfMade = `${made.name}_id`;
  const known: Readonly<Record<string, string>> = {
    ...Object.fromEntries([...pathFields(route).keys()].map((name) => [name, `$request.path.${name}`])),
    [idOfMade]: `$response.body#/${made.jsonName}/id`,
  };
  const about = routes.filter((other) => {
    const places = [...pathFields(other).keys()];
    return places.includes(idOfMade) && places.every((place) => place in known);
  });
  const links = about.map((other) => [
    other.method.localName,
    {
      operationId: other.method.localName,
      parameters: Object.fromEntries([...pathFields(other).keys()].map((place) => [place, known[place] ?? ""])),
    },
  ]);
  return { links: Object.fromEntries(links) };
}
