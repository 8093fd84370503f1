import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ProjectService } from "../../../gen/altalune/v1/project_pb.js";
import { mount, start } from "./start.js";

const routes = mount({
  project: { createProject: ({ name }) => ({ message: `é${"x".repeat(Number(name))}` }) },
});

// Around 4,096 bytes an answer goes over from text to bytes.
test.each([
  ["1.1", false],
  ["1.1", true],
  ["2", false],
  ["2", true],
] as const)("answers of any length arrive whole, over HTTP/%s, in binary: %s", async (httpVersion, useBinaryFormat) => {
  const { url } = await start({ routes });
  const transport = createConnectTransport({ baseUrl: url, httpVersion, useBinaryFormat, acceptCompression: [] });
  const projects = createClient(ProjectService, transport);
  const lengths = [10, ...Array.from({ length: 150 }, (_, i) => 3_960 + i), 70_000];
  const messages = await Promise.all(
    lengths.map(async (length) => (await projects.createProject({ name: String(length) })).message),
  );
  expect(messages).toEqual(lengths.map((length) => `é${"x".repeat(length)}`));
});
