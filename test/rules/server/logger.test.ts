import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createLogger } from "../../../src/platform/logger.js";

function capture() {
  let text = "";
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { logger: createLogger("info", destination), text: () => text };
}

test.each(["authorization", "key", "key_value", "keyValue", "signing_secret", "signingSecret", "password"])(
  "%s is redacted wherever it stands",
  (field) => {
    const { logger, text } = capture();
    const nested = { a: { b: { [field]: "hunter2" }, [field]: "hunter2" }, [field]: "hunter2" };
    logger.info({ ...nested, request: nested });
    expect(text()).not.toContain("hunter2");
    expect(text()).toContain("[redacted]");
  },
);

test("an error is logged by name, message, stack and code, with its causes, and without what may quote values", () => {
  const { logger, text } = capture();
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    constraint: "unique_name",
    table: "keys",
    detail: "hunter2",
    where: "hunter2",
    query: "hunter2",
    parameters: ["hunter2"],
  });
  logger.error({ err: new TypeError("outer", { cause }), error: "hunter2" });
  const line = JSON.parse(text()) as { err: unknown };
  expect(line.err).toMatchObject({
    name: "TypeError",
    message: "outer",
    stack: expect.stringContaining("TypeError"),
    cause: { code: "23505", constraint: "unique_name", table: "keys" },
  });
  expect(text()).not.toContain("hunter2");
});
