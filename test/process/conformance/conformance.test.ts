import { beforeEach, expect, test } from "vitest";
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

beforeEach(({ skip }) => {
  needTool(skip, "connectconformance");
});

const deadlines = "Deadline Propagation/**";

test.each([
  ["but for deadlines", ["--skip", deadlines], /\d{4} passed, 0 failed/],
  // One call after the other: the runner lets a deadline lose half a second on its way, which calls of its own can take.
  ["of deadlines", ["--run", deadlines, "--parallel", "1", "--max-servers", "1"], /\d{3} passed, 0 failed/],
] as const)(
  "the server passes Connect's own conformance suite, %s, by every protocol over both versions of HTTP",
  async (_part, flags, passes) => {
    const runner = findRunner();
    if (typeof runner === "string") {
      throw new Error(runner);
    }
    const { passed, output } = await runConformance(runner, flags);
    const summary = output.slice(output.lastIndexOf("Total cases"));
    console.log(`connectconformance ${runner.version}\n${summary}`);
    expect(passed, output).toBe(true);
    expect(summary).toMatch(passes);
    for (const way of ways) {
      expect(output).toMatch(new RegExp(`Running \\d+ tests with reference-client for server config #\\d+ ${way}`));
    }
  },
  600_000,
);
