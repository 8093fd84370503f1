import { create } from "@bufbuild/protobuf";
import { Code, createHandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { Health, HealthCheckRequestSchema } from "../../../gen/grpc/health/v1/health_pb.js";
import { InFlight } from "../../../src/server/call/in-flight.js";
import { maxWatches } from "../../../src/server/http/limits.js";
import { createHealth } from "../../../src/server/ops/health.js";

test("strangers hold so many health watches open and no more, and one that ends makes room", async () => {
  const health = createHealth(new Set(), async () => ({ ready: true, reasons: [] }), new InFlight());
  const contexts: ReturnType<typeof createHandlerContext>[] = [];
  const watch = () => {
    const context = createHandlerContext({
      service: Health,
      method: Health.method.watch,
      protocolName: "grpc",
      requestMethod: "POST",
      url: "http://localhost/",
    });
    contexts.push(context);
    return health.watch(create(HealthCheckRequestSchema), context)[Symbol.asyncIterator]();
  };
  const watches = Array.from({ length: maxWatches }, watch);
  await Promise.all(watches.map((one) => one.next()));

  await expect(watch().next()).rejects.toMatchObject({ code: Code.ResourceExhausted });

  contexts[0]?.abort();
  await expect(watches[0]?.next()).rejects.toMatchObject({ code: Code.Canceled });
  expect(await watch().next()).toMatchObject({ done: false });
  for (const context of contexts) {
    context.abort();
  }
});
