import { expect } from "vitest";
import { needTool } from "../../support/tools.js";
import { expectForgedToBeGone } from "./forged.js";
import { guardBy, test } from "./guarded-api.js";
import { envoy } from "./programs.js";

test("by Envoy over gRPC a client hears why it was refused, and where its limits stand, the API which fields are empty, and access logs whose key it was", async ({
  skip,
  api,
}) => {
  const { keys, upstream } = api;
  const logging = envoy("grpc.yaml", (text) =>
    text.replace(
      "stat_prefix: api",
      `stat_prefix: api
                access_log: [{ name: envoy.access_loggers.stdout, typed_config: {
        "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog,
        log_format: { text_format_source: { inline_string: "by %DYNAMIC_METADATA(${metadata}:owner_id)% of %DYNAMIC_METADATA(${metadata}:scopes)%\\n" } } } }]`,
    ),
  );
  await using guarded = await guardBy(needTool(skip, "envoy"), logging, api);
  const refused = await guarded.call(keys["REVOKED"]);
  expect(refused.headers).toMatchObject({ "content-type": "application/problem+json", "x-altalune-code": "REVOKED" });
  expect(JSON.parse(refused.body)).toMatchObject({ status: 410, reason: "REVOKED" });
  const limited = await guarded.call(keys["limited"]);
  expect(limited.headers["ratelimit-policy"]).toBe('"day";q=1000000;w=86400');
  expect(limited.headers["ratelimit"]).toMatch(/^"day";r=\d+;t=\d+$/);
  upstream.received();
  expect((await guarded.call(keys["nobody's"])).status).toBe(200);
  const [received] = upstream.received();
  expect(received?.headers).toMatchObject({ "x-altalune-owner-id": "", "x-altalune-tier": "" });
  await expect.poll(guarded.printed).toContain('by zoe % of ["orders:read","orders:list"]');
});

/** Where Envoy keeps what an answer of Altalune says in its metadata. */
const metadata = "envoy.filters.http.ext_authz:altalune";

test("behind Envoy headers with underscores are gone over gRPC even where Envoy would pass them on", async ({
  skip,
  api,
}) => {
  const passingOn = envoy("grpc.yaml", (text) => text.replace(/common_http_protocol_options: .*/, ""));
  await using guarded = await guardBy(needTool(skip, "envoy"), passingOn, api);
  await expectForgedToBeGone(guarded);
});

test("behind Envoy a key in the query is gone over gRPC with its parameter, however that is spelled, and the rest stays", async ({
  skip,
  api,
}) => {
  const { keys, upstream } = api;
  const inQuery = envoy("grpc.yaml", (text) =>
    text.replace('strip_key: "true"', 'strip_key: "true", key_query: api_key'),
  );
  await using guarded = await guardBy(needTool(skip, "envoy"), inQuery, api);
  const good = keys["VALID"] ?? "";
  for (const spelled of ["ap%69_key", "api_key", "%61pi%5Fkey"]) {
    expect((await guarded.call(undefined, [], `/v1/orders?${spelled}=${good}&a=b`)).status).toBe(200);
    const [received] = upstream.received();
    expect(received?.url).toBe("/v1/orders?a=b");
    expect(JSON.stringify(received?.rawHeaders)).not.toContain(good);
  }
});

test("behind Envoy nobody gets through over gRPC where what is configured is wrong, though failures let everybody through", async ({
  skip,
  api,
}) => {
  const { keys, upstream, rootKey } = api;
  const open = (text: string) => text.replace("failure_mode_allow: false", "failure_mode_allow: true");
  const faults: readonly ((text: string) => string)[] = [
    (text) => text.replace(`value: ${rootKey}`, "value: letmein"),
    (text) => text.replace(/context_extensions: \{ project_id: [^,]*,/, "context_extensions: {"),
    (text) => text.replace("scopes:", "scope:"),
  ];
  for (const fault of faults) {
    const faulty = envoy("grpc.yaml", (text) => fault(open(text)));
    await using guarded = await guardBy(needTool(skip, "envoy"), faulty, api);
    for (const key of [keys["VALID"], "garbage", undefined]) {
      expect((await guarded.call(key)).status).toBe(500);
    }
    expect(upstream.received()).toEqual([]);
  }
});
