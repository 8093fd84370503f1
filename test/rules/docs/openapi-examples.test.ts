import { readFileSync } from "node:fs";
import type { JsonObject } from "@bufbuild/protobuf";
import { expect } from "vitest";
import { examples, placeholders } from "../../../scripts/openapi/examples.js";
import { codeIn } from "../../support/owners.js";
import { letRotate } from "../../support/rotation.js";
import { test } from "../../support/shared-instance.js";
import { rest } from "../rest/client.js";
import { faultsOf, type Operation, operations } from "./openapi.js";

test("the examples of rpcs in docs/openapi.json, one after the other, are answered as it says", async ({
  instance,
}) => {
  const ofRpcs = operations.filter(({ path }) => path.startsWith("/v1/"));
  const byRpc = new Map(ofRpcs.map((operation) => [operation.operationId.toLowerCase(), operation]));
  const live = new Map<string, string>([[placeholders["name"] ?? "", `partners-${Date.now()}`]]);
  const answered: string[] = [];
  let token = "";
  for (const rpc of Object.keys(examples)) {
    const operation = byRpc.get(rpc.toLowerCase());
    if (operation === undefined) {
      throw new Error(`${rpc} has an example and no route`);
    }
    if (/^Claim.*RotatedKey$/.test(rpc)) {
      await letRotate(instance, live.get(placeholders["api_key_id"] ?? "") ?? "");
    }
    const { line, body } = requestOf(operation, live);
    const isOwners = operation.security?.some((kind) => "portalToken" in kind) === true;
    const rootKey = isOwners ? token : instance.rootKey;
    const answer = await rest(instance, line, { rootKey, ...(body !== undefined && { body }) });
    expect(answer.status, `${line}: ${JSON.stringify(answer.body)}`).toBe(operation.success);
    expect(faultsOf(operation, answer.status, answer.body), line).toEqual([]);
    keep(live, answer.body);
    token = typeof answer.body["token"] === "string" ? answer.body["token"] : token;
    answered.push(operation.operationId);
  }
  const ofTheInstance = ["queryInstanceAuditEvents", "verifyInstanceAuditTrail"];
  expect([...answered, ...ofTheInstance].sort()).toEqual(ofRpcs.map(({ operationId }) => operationId).sort());
});

test("a refusal is one of those that docs/openapi.json has of its route", async ({ instance }) => {
  const [operation] = operations.filter(({ operationId }) => operationId === "createProject");
  if (operation === undefined) {
    throw new Error("there is no createProject");
  }
  for (const [options, status] of [
    [{ body: { name: "" } }, 400],
    [{ body: {}, rootKey: null }, 401],
    [{ body: "{}", headers: { "content-type": "text/plain" } }, 415],
  ] as const) {
    const answer = await rest(instance, "POST /v1/projects", options);
    expect(answer.status).toBe(status);
    expect(faultsOf(operation, status, answer.body)).toEqual([]);
  }
});

/** The ids and secrets of an answer take the places of those in later examples. */
function keep(live: Map<string, string>, answer: JsonObject): void {
  const { project, apiKey, keyValue, url, user, webhook, delivery } = answer as {
    readonly webhook?: { readonly id: string };
    readonly delivery?: { readonly eventId: string };
    readonly url?: string;
    readonly project?: { readonly id: string };
    readonly apiKey?: { readonly id: string };
    readonly keyValue?: string;
    readonly user?: { readonly id: string };
  };
  for (const [name, value] of [
    ["project_id", project?.id],
    ["api_key_id", apiKey?.id],
    ["key", keyValue],
    ["code", url && codeIn(url)],
    ["user_id", user?.id],
    ["webhook_id", webhook?.id],
    ["event_id", delivery?.eventId],
  ] as const) {
    if (value !== undefined && value !== "") {
      live.set(placeholders[name] ?? "", value);
    }
  }
}

function requestOf({ method, path, parameters, body }: Operation, live: ReadonlyMap<string, string>) {
  const replaced = (text: string): string =>
    [...live].reduce((all, [name, value]) => all.replaceAll(name, value), text);
  const query = new URLSearchParams();
  let target = path;
  for (const { name, in: where, example } of parameters) {
    if (where === "path") {
      target = target.replace(`{${name}}`, encodeURIComponent(replaced(String(example))));
    } else if (where === "query" && example !== undefined) {
      for (const value of [example].flat()) {
        query.append(name, String(value));
      }
    }
  }
  const search = query.size === 0 ? "" : `?${query}`;
  return {
    line: `${method.toUpperCase()} ${target}${search}`,
    body: body === undefined ? undefined : replaced(JSON.stringify(body)),
  };
}

test("docs/openapi.json names the product's version", () => {
  const versionOf = (file: string) => JSON.parse(readFileSync(file, "utf8"));
  expect(versionOf("docs/openapi.json").info.version).toBe(versionOf("package.json").version);
});
