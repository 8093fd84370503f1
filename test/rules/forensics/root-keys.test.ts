import { expect } from "vitest";
import { denialOf } from "../../support/errors.js";
import { test } from "../../support/shared-instance.js";
import { disabledRootKey, expiredRootKey, revokedRootKey } from "../authority/root-keys.js";
import { linesWith } from "./log-lines.js";

test.for([
  ["revoked", revokedRootKey],
  ["disabled", disabledRootKey],
  ["expired", expiredRootKey],
] as const)("the log says which root key is %s when it is used", async ([status, make], { instance }) => {
  const { id, value } = await make(instance);
  const { projects } = instance.clientsWith(value);
  expect((await denialOf(projects.queryProjects({}))).reason).toBe("ROOT_KEY_INVALID");

  expect(linesWith(instance, { msg: "a root key was refused", root_key_id: id })).toMatchObject([
    { level: "info", status, source: expect.stringMatching(/127|::1/), request_id: expect.stringMatching(/./) },
  ]);
  expect(instance.logLines.join("")).not.toContain(value);
});

test("a client that goes on with a root key that ended cannot flood the log with it", async ({ instance }) => {
  const { id, value } = await revokedRootKey(instance);
  const { projects } = instance.clientsWith(value);
  await Promise.all(Array.from({ length: 50 }, () => denialOf(projects.queryProjects({}))));
  expect(linesWith(instance, { msg: "a root key was refused", root_key_id: id }).length).toBeLessThan(5);
});
