import { describe, expect } from "vitest";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { test } from "../../support/shared-instance.js";
import { rest } from "./client.js";

const settings = {
  name: "before",
  scopes: ["a:read"],
  ownerId: "u1",
  metadata: { plan: "free" },
  rateLimits: { perDay: 5 },
};

/** What is not there has no field in the JSON. */
const absent = undefined;

describe("PATCH", () => {
  test.for([
    [
      "changes the fields that the body holds, and no others",
      {},
      { name: "after" },
      { name: "after", scopes: ["a:read"] },
    ],
    ["clears a list that the body holds empty", {}, { scopes: [] }, { name: "before", scopes: [] }],
    ["clears what the body says is null", {}, { metadata: null }, { metadata: absent, scopes: ["a:read"] }],
    ["takes names in either spelling", {}, { rate_limits: { per_day: 7 } }, { rateLimits: { perDay: 7 } }],
    [
      "goes by update_mask in the query",
      { mask: "name" },
      { name: "after", scopes: [] },
      { name: "after", scopes: ["a:read"] },
    ],
    [
      "clears what update_mask names and the body leaves out",
      { mask: "name,rate_limits" },
      { name: "after" },
      { name: "after", rateLimits: absent },
    ],
    [
      "goes by updateMask in the body",
      {},
      { updateMask: "scopes", name: "after", scopes: ["b"] },
      { name: "before", scopes: ["b"] },
    ],
  ] as const)(
    "%s",
    async ([, { mask }, body, expected]: readonly [string, { mask?: string }, object, object], { instance }) => {
      const projectId = await newProject(instance.clients);
      const { id } = await newApiKey(instance.clients, projectId, settings);
      const path = `/v1/projects/${projectId}/api_keys/${id}`;
      const query = mask === undefined ? "" : `?update_mask=${mask}`;
      const { status, body: answered } = await rest(instance, `PATCH ${path}${query}`, { body });
      expect(status, JSON.stringify(answered)).toBe(200);
      expect(pick(answered.apiKey, expected)).toEqual(expected);
      expect(pick((await rest(instance, `GET ${path}`)).body.apiKey, expected)).toEqual(expected);
    },
  );

  test.for([
    ["nothing to change", "", {}],
    ["a field in update_mask that there is none of", "?update_mask=nothing", { name: "after" }],
    ["a field that cannot be changed", "", { ownerId: "u2" }],
    ["a name that cannot be cleared", "?update_mask=name", {}],
  ] as const)("is refused with %s", async ([, query, body], { instance }) => {
    const projectId = await newProject(instance.clients);
    const { id } = await newApiKey(instance.clients, projectId, settings);
    const path = `/v1/projects/${projectId}/api_keys/${id}`;
    expect((await rest(instance, `PATCH ${path}${query}`, { body })).status).toBe(400);
    expect((await rest(instance, `GET ${path}`)).body.apiKey).toMatchObject({ name: "before", ownerId: "u1" });
  });
});

/** Of an answer, what is expected of it. */
function pick(answered: Record<string, unknown>, expected: object): object {
  return Object.fromEntries(Object.keys(expected).map((name) => [name, answered[name]]));
}
