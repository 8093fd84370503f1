import { expect, test } from "vitest";
import { needTool } from "../../support/tools.js";
import { findRunner, runConformance } from "./runner.js";

const ways = [
  ["1", "CONNECT"],
  ["1", "GRPC_WEB"],
  ["2", "CONNECT"],
  ["2", "GRPC"],
  ["2", "GRPC_WEB"],
].flatMap(([version, protocol]) =>
  [false, true].map((tls) => `{HTTP_VERSION_${version}, PROTOCOL_${protocol}, TLS:${tls}}`),
);

test("the server passes Connect's own conformance suite, by every protocol over both versions of HTTP", async ({
  skip,
}) => {
  needTool(skip, "connectconformance");
  const runner = findRunner();
  if (typeof runner === "string") {
    throw new Error(runner);
  }
  const { passed, late, output } = await runConformance(runner);
  const summary = output.slice(output.lastIndexOf("Total cases"));
  console.log(`connectconformance ${runner.version}\n${summary}`);
  expect(passed, output).toBe(true);
  expect(summary).toMatch(new RegExp(`\\d{4} passed, ${late.length} failed`));
  for (const way of ways) {
    expect(output).toMatch(new RegExp(`Running \\d+ tests with reference-client for server config #\\d+ ${way}`));
  }
}, 600_000);
