import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VerificationCode } from "../../../gen/altalune/v1/verification_pb.js";
import { newSecret } from "../../../src/domain/api_key/secret-format.js";
import { denialOf } from "../../support/errors.js";
import { newApiKey, newProject } from "../../support/fixtures.js";
import { startTestInstance, type TestInstance } from "../../support/instance.js";
import { codeOf } from "../../support/verdict.js";

const prefix = "shop_";

let altalune: TestInstance;
let key: string;
beforeAll(async () => {
  // A root key that is not looked up in the database either.
  altalune = await startTestInstance({ env: { ALTALUNE_ROOT_KEY: "root-key-of-the-environment-0123456789" } });
  const projectId = await newProject(altalune.clients, { keyPrefix: prefix });
  key = (await newApiKey(altalune.clients, projectId)).value;
});
afterAll(() => altalune.stop());

test.each([
  ["nothing", ""],
  ["a word", "hello"],
  ["a well-made value that was never handed out", newSecret(prefix)],
  ["a value of another format", "AKIAIOSFODNN7EXAMPLE"],
  ["512 characters", "k".repeat(512)],
  ["unicode", "ключ-🔑"],
])("%s is not found", async (_what, value) => {
  expect(await codeOf(altalune.clients, value)).toBe(VerificationCode.NOT_FOUND);
});

test("a key with a space before or after it is not found", async () => {
  expect(await codeOf(altalune.clients, ` ${key}`)).toBe(VerificationCode.NOT_FOUND);
  expect(await codeOf(altalune.clients, `${key} `)).toBe(VerificationCode.NOT_FOUND);
});

describe("while no key can be looked up", () => {
  beforeAll(() => sql`alter table altalune_api_key_secrets rename to secrets_out_of_reach`.execute(altalune.db));
  afterAll(() => sql`alter table secrets_out_of_reach rename to altalune_api_key_secrets`.execute(altalune.db));

  test("a key cannot be verified", async () => {
    expect(await denialOf(codeOf(altalune.clients, key))).toMatchObject({ code: "Internal" });
    expect(await denialOf(codeOf(altalune.clients, newSecret(prefix)))).toMatchObject({ code: "Internal" });
  });

  test("a key with any character mistyped is not found all the same", async () => {
    for (let i = prefix.length; i < key.length; i++) {
      expect(await codeOf(altalune.clients, mistypedAt(i))).toBe(VerificationCode.NOT_FOUND);
    }
  });

  test("a key with another prefix is not found all the same", async () => {
    expect(await codeOf(altalune.clients, `shop-${key.slice(prefix.length)}`)).toBe(VerificationCode.NOT_FOUND);
    expect(await codeOf(altalune.clients, `sk-${key.slice(prefix.length)}`)).toBe(VerificationCode.NOT_FOUND);
  });

  test("a key with two neighbouring characters exchanged is not found all the same", async () => {
    for (let i = prefix.length; i < key.length - 1; i++) {
      const exchanged = key.slice(0, i) + key.charAt(i + 1) + key.charAt(i) + key.slice(i + 2);
      if (exchanged !== key) {
        expect(await codeOf(altalune.clients, exchanged)).toBe(VerificationCode.NOT_FOUND);
      }
    }
  });

  test("no key at all is not found all the same", async () => {
    expect(await codeOf(altalune.clients, "")).toBe(VerificationCode.NOT_FOUND);
  });
});

function mistypedAt(position: number): string {
  return key.slice(0, position) + (key.charAt(position) === "0" ? "1" : "0") + key.slice(position + 1);
}
