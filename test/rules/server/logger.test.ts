import { Writable } from "node:stream";
import type { Logger } from "pino";
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

test("secrets are redacted in lists, in what a logger was made with, in what a text quotes, and in what writes itself", () => {
  const nested = { a: { password: "hunter2" } };
  const written = { toJSON: () => nested, hidden: "hunter2" };
  const error = Object.assign(new Error("quotes"), { parameters: ["hunter2"], password: "hunter2" });
  const uses: readonly ((logger: Logger) => void)[] = [
    (logger) => logger.info({ list: [[{ key: "hunter2" }], nested] }),
    (logger) => logger.child({ request: nested, key: "hunter2" }).info("made"),
    (logger) => logger.info("quotes %o and %j", nested, { request: nested }),
    (logger) => logger.info({ written, deep: { written } }),
    (logger) => logger.info("quotes %o and %j", error, error),
    (logger) => logger.info({ failure: error, deep: { failure: error } }),
  ];
  for (const use of uses) {
    const { logger, text } = capture();
    use(logger);
    expect(text()).toContain('"level":"info"');
    expect(text()).not.toContain("hunter2");
  }
});

test("what is no secret is logged as JSON has it, and a line that holds itself is", () => {
  const { logger, text } = capture();
  const circle: Record<string, unknown> = { name: "round" };
  circle["self"] = circle;
  const at = new Date("2026-01-01T00:00:00Z");
  logger.info({ at, list: [1, "two", null], url: new URL("http://h/p"), deep: { at, undefined }, circle });
  expect(JSON.parse(text())).toMatchObject({
    at: at.toISOString(),
    list: [1, "two", null],
    url: "http://h/p",
    deep: { at: at.toISOString() },
    circle: { name: "round" },
  });
});
