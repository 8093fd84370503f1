import { toJson } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect } from "vitest";
import { CheckResponseSchema } from "../../../gen/envoy/service/auth/v3/external_auth_pb.js";
import { newRootKey } from "../../rules/authority/root-keys.js";
import { checkAt } from "../../rules/ext_authz/check.js";
import { askAt, type Header } from "../../rules/forward_auth/ask.js";
import { type GuardedProject, makeGuardedProject } from "../../rules/sdk/guarded-project.js";
import { casesOf } from "../../support/effort.js";
import { test } from "../../support/shared-instance.js";

const runs = casesOf(200);

const names = [
  "good",
  "other",
  "limited",
  "usedUp",
  "readOnly",
  "revoked",
  "disabled",
  "expired",
  "elsewhere",
] as const;
/** Most often what is right: memory answers that alone. */
const mostly = <Value>(right: Value, ...others: Value[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(right) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );

/** What a gateway asks, by whatever wire: whose keys, where they stand, and what they need. */
const questions = fc.record({
  key: fc.constantFrom(...names, "garbage"),
  another: mostly(undefined, ...names),
  place: mostly("x-api-key", "authorization", "x-other", "query"),
  scopes: fc.constantFrom([], ["orders:read"], ["orders:write"], ["orders:read", "orders:write"], ["admin:all"]),
  cost: mostly(undefined, "0", "1", "101", "many"),
  keyHeader: mostly(undefined, "x-other"),
  keyQuery: mostly(undefined, "api_key"),
  isProjectNamed: mostly(true, false),
});
type Question = typeof questions extends fc.Arbitrary<infer Asked> ? Asked : never;

let keys: GuardedProject;
test.beforeAll(async ({ instance }) => {
  keys = await makeGuardedProject(instance);
});

test("forward-auth answers from memory as it does without", async ({ instance }) => {
  const { rootKey, url } = instance;
  for (const question of fc.sample(questions, runs)) {
    const { query, headers, path } = said(question, "scope");
    const ask = (body?: string) =>
      askAt(url, {
        query,
        headers: [
          ["X-Altalune-Root-Key", rootKey],
          ["X-Original-URI", path],
          ...headers,
          ...(body === undefined ? [] : ([["Content-Length", String(body.length)]] as const)),
        ],
        ...(body === undefined ? {} : { body }),
      });
    // A body is for the slow way alone.
    const [slow, ...warm] = [await ask("x"), await ask(), await ask()];
    for (const { status, headers: heard, body } of warm) {
      const alike = { status: slow.status, headers: masked(slow.headers), body: masked(slow.body) };
      expect({ status, headers: masked(heard), body: masked(body) }, JSON.stringify(question)).toEqual(alike);
    }
  }
});

test("Envoy is answered from memory as it is without", async ({ instance }) => {
  for (const question of fc.sample(questions, runs)) {
    const { context, headers, path } = said(question, "scopes");
    // Nobody remembers it at the first question.
    const { value } = await newRootKey(instance, { scopes: ["api_keys:verify"] });
    const ask = async () =>
      toJson(
        CheckResponseSchema,
        await checkAt(instance.url, {
          context,
          headers: Object.fromEntries(headers),
          path,
          metadata: { "x-altalune-root-key": value },
        }),
      );
    const [slow, ...warm] = [await ask(), await ask(), await ask()];
    for (const answer of warm) {
      expect(masked(answer), JSON.stringify(question)).toEqual(masked(slow));
    }
  }
});

/** A question in the words of each wire. */
function said(question: Question, scopesName: string) {
  const keyOf = (name: Question["key"]) => (name === "garbage" ? name : keys[name]);
  const values = [question.key, question.another].flatMap((name) => (name === undefined ? [] : [keyOf(name)]));
  const { place, scopes, cost, keyHeader, keyQuery, isProjectNamed } = question;
  const headers: readonly Header[] =
    place === "query"
      ? []
      : [[place, values.map((value) => (place === "authorization" ? `Bearer ${value}` : value)).join(", ")]];
  const path = place === "query" ? `/v1/orders?${values.map((value) => `api_key=${value}`).join("&")}` : "/v1/orders";
  const others = {
    ...(isProjectNamed && { project_id: keys.projectId }),
    ...(cost !== undefined && { cost }),
    ...(keyHeader !== undefined && { key_header: keyHeader }),
    ...(keyQuery !== undefined && { key_query: keyQuery }),
  };
  const query = new URLSearchParams([
    ...Object.entries(others),
    ...scopes.map((scope): [string, string] => [scopesName, scope]),
  ]);
  const context = { ...others, ...(scopes.length > 0 && { [scopesName]: scopes.join(",") }) };
  return { query: query.toString(), context, headers, path };
}

/** But for the request's id, the moment, and what is left of limits after each question. */
function masked(answer: unknown): string {
  return JSON.stringify(answer)
    .replace(/[A-Za-z0-9_-]{21}(?=\\?")/g, "(id)")
    .replace(/(r|t)=\d+/g, "$1=")
    .replace(/"(date|retry-after|content-length|remaining|reset_seconds)":("[^"]*"|\d+)/g, '"$1":')
    .replace(/("key":"Retry-After","value":)"\d+"/g, "$1");
}
