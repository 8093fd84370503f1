import { brotliCompressSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ApiKeyService, QueryApiKeysResponseSchema } from "../../../gen/altalune/v1/api_key_pb.js";
import { client, post } from "./clients.js";
import { mount, start } from "./start.js";

const projectId = "aaaaaaaaaaaaaa";
const keys = Array.from({ length: 1_000 }, (_, i) => ({
  id: `id-${i}`,
  name: `key ${i * 7919}`,
  ownerId: `owner ${i}`,
}));

const startListing = () =>
  start({ routes: mount({ apiKey: { queryApiKeys: () => create(QueryApiKeysResponseSchema, { data: keys }) } }) });

const encodings = ["br", "gzip", "br, gzip, deflate", "identity"];

test.each(encodings)("a listing that is asked for with %s costs about as much as with any other", async (encoding) => {
  const { url } = await startListing();
  const ask = () =>
    fetch(`${url}/altalune.v1.ApiKeyService/QueryApiKeys`, {
      method: "POST",
      headers: { "content-type": "application/json", "accept-encoding": encoding },
      body: JSON.stringify({ projectId }),
    });
  const first = await ask();
  expect(((await first.json()) as { data: unknown[] }).data).toHaveLength(keys.length);
  expect(first.headers.get("content-encoding") ?? "identity").toBe(encoding.split(",")[0]);
  const before = process.cpuUsage();
  for (let i = 0; i < 20; i++) {
    await (await ask()).arrayBuffer();
  }
  const { user, system } = process.cpuUsage(before);
  // With brotli as Node has it by default it would be 2 seconds and more.
  expect((user + system) / 1_000).toBeLessThan(1_500);
});

test("an answer of a few hundred bytes is not compressed, by whichever protocol", async () => {
  const { url } = await start({
    routes: mount({ apiKey: { queryApiKeys: () => create(QueryApiKeysResponseSchema, { data: keys.slice(0, 3) }) } }),
  });
  const answer = await post(`${url}/altalune.v1.ApiKeyService/QueryApiKeys`, JSON.stringify({ projectId }), {
    "accept-encoding": "br, gzip",
  });
  expect(answer.headers.get("content-encoding")).toBeNull();
  await answer.arrayBuffer();
  expect((await client(ApiKeyService, url).queryApiKeys({ projectId })).data).toHaveLength(3);
});

test("requests that are compressed are read as before", async () => {
  const { url } = await startListing();
  const body = new Uint8Array(brotliCompressSync(JSON.stringify({ projectId })));
  const answer = await post(`${url}/altalune.v1.ApiKeyService/QueryApiKeys`, body, {
    "content-encoding": "br",
    "accept-encoding": "gzip",
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(((await answer.json()) as { data: unknown[] }).data).toHaveLength(keys.length);
});
