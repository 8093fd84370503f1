import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
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

async function ask(url: string, encoding: string) {
  const asked = request(`${url}/altalune.v1.ApiKeyService/QueryApiKeys`, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-encoding": encoding },
  });
  asked.end(JSON.stringify({ projectId }));
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  return { encoding: answer.headers["content-encoding"] ?? "identity", bytes: await buffer(answer) };
}

const plain = (bytes: Buffer) => bytes;
test.each([
  ["br", "br", brotliDecompressSync],
  ["gzip", "gzip", gunzipSync],
  ["br, gzip, deflate", "br", brotliDecompressSync],
  ["identity", "identity", plain],
])("a listing that is asked for with %s is sent as %s", async (asked, sent, decoded) => {
  const { url } = await startListing();
  const { encoding, bytes } = await ask(url, asked);
  expect(encoding).toBe(sent);
  expect((JSON.parse(decoded(bytes).toString()) as { data: unknown[] }).data).toHaveLength(keys.length);
});

/** As much work as is meant, byte by byte; by Node's own level it would be another. */
const quickly = {
  br: (whole: Buffer) =>
    brotliCompressSync(whole, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_SIZE_HINT]: whole.length },
    }),
  gzip: (whole: Buffer) => gzipSync(whole, { level: 4 }),
};
const byDefault = { br: brotliCompressSync, gzip: gzipSync };
test.each(["br", "gzip"] as const)("a listing is compressed by %s at a level that costs little", async (encoding) => {
  const { url } = await startListing();
  const [{ bytes }, { bytes: whole }] = [await ask(url, encoding), await ask(url, "identity")];
  expect(bytes.equals(quickly[encoding](whole))).toBe(true);
  expect(bytes.equals(byDefault[encoding](whole))).toBe(false);
  expect(bytes.length).toBeLessThan(whole.length / 4);
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
